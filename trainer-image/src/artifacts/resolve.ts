import { realpath } from 'node:fs/promises';
import { basename, dirname, join, normalize, sep } from 'node:path';
import { TrainerError } from '../errors.ts';
import { schemes } from './index.ts';
import { parseLocation, type Found, type Location, type MountedScheme, type Scheme } from './location.ts';
import type { Address, Stores, WhenMissing } from './stores.ts';

/** The path of an existing file or folder that an address names, as `findExisting` finds it. */
export async function resolveExisting(address: Address, stores: Stores, missing: WhenMissing): Promise<string> {
  return (await findExisting(address, stores, missing)).path;
}

/**
 * Finds the file or folder that an address names, which is a copy where the files lie elsewhere.
 * Fails with InvalidSpec for addresses that leave their mount, and with `missing` when nothing is there.
 */
export async function findExisting(address: Address, stores: Stores, missing: WhenMissing): Promise<Found> {
  const { uri } = address;
  const { location, scheme } = schemeOf(uri);
  if ('fetch' in scheme) return scheme.fetch(location, address, stores, missing);
  const { mount, path } = place(location, scheme, stores.root);
  let real: string;
  try {
    real = await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new TrainerError(missing, `${uri} is not there; check the name, and that the volume or ConfigMap holds it.`, {
      cause: error,
    });
  }
  await requireInside(real, mount, uri);
  return { path: real, uri };
}

/**
 * The path to write an artifact to below a mount; its parent folders need not exist, but none of them may lead out of
 * the mount.
 */
export async function resolveTarget(location: Location, scheme: MountedScheme, root: string): Promise<string> {
  const { uri } = location;
  const { mount, path } = place(location, scheme, root);
  if (path === mount) throw new TrainerError('InvalidSpec', `${uri} needs a path below the volume to write to.`);
  // The nearest ancestor that exists decides, since links below it cannot.
  let ancestor = dirname(path);
  let rest = basename(path);
  for (;;) {
    try {
      const real = await realpath(ancestor);
      await requireInside(real, mount, uri);
      return join(real, rest);
    } catch (error) {
      if (!isMissing(error)) throw error;
      if (ancestor === mount || ancestor === dirname(ancestor))
        throw new TrainerError('InvalidSpec', `${uri} names a volume that is not mounted; create the claim first.`, {
          cause: error,
        });
      rest = join(basename(ancestor), rest);
      ancestor = dirname(ancestor);
    }
  }
}

/** The scheme of an address, and its parts; fails with InvalidSpec when this release has no such scheme. */
export function schemeOf(uri: string): { readonly location: Location; readonly scheme: Scheme } {
  const { scheme, ...location } = parseLocation(uri);
  if (!Object.hasOwn(schemes, scheme))
    throw new TrainerError(
      'InvalidSpec',
      `${uri} cannot be read here; this release reads ${Object.keys(schemes).join('://, ')}://.`,
    );
  return { location, scheme: schemes[scheme as keyof typeof schemes] };
}

function place(location: Location, scheme: MountedScheme, root: string): { mount: string; path: string } {
  const mount = normalize(scheme.mount(location, root));
  const below = scheme.below(location);
  if (below.split(/[\\/]/).includes('..') || below.startsWith('/'))
    throw new TrainerError('InvalidSpec', `${location.uri} leaves its volume; write a path without "..".`);
  return { mount, path: join(mount, below).replace(/(?<=.)\/+$/, '') };
}

async function requireInside(real: string, mount: string, uri: string): Promise<void> {
  const top = await realpath(mount);
  if (real !== top && !real.startsWith(top.endsWith(sep) ? top : top + sep))
    throw new TrainerError('InvalidSpec', `${uri} leads out of its volume through a link; name the file itself.`);
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

import { cp, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TrainerError } from '../errors.ts';
import { digestOfFiles, filesOf } from './digest.ts';
import { resolveTarget, schemeOf } from './resolve.ts';
import type { Address, Stores } from './stores.ts';

/**
 * Makes a finished folder the artifact at an address: readers see the whole folder or none, and one that is already
 * there gives way. Returns its digest.
 */
export async function publishFolder(target: Address, stores: Stores, folder: string): Promise<string> {
  const { location, scheme } = schemeOf(target.uri);
  if ('fetch' in scheme && !scheme.publish)
    throw new TrainerError(
      'InvalidSpec',
      `${target.uri} can only be read; publish to pvc:// or s3://, and copy the artifact on from there.`,
    );
  const files = await filesOf(folder);
  if ('fetch' in scheme) await scheme.publish?.(location, target, stores, { folder, files });
  else await copyInPlace(folder, await resolveTarget(location, scheme, stores.root));
  return digestOfFiles(files);
}

/** Fills a folder beside the target, which then takes its place. */
async function copyInPlace(folder: string, path: string): Promise<void> {
  const partial = `${path}.partial`;
  const replaced = `${path}.replaced`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    await cp(folder, partial, { recursive: true });
    await flush(partial);
    await rm(replaced, { recursive: true, force: true });
    await rename(path, replaced).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(partial, path);
    await flushEntry(dirname(path));
    await rm(replaced, { recursive: true, force: true });
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** A rename may reach the disk before the bytes do, unless they are flushed. */
async function flush(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await flushEntry(join(entry.parentPath, entry.name));
  await flushEntry(folder);
}

async function flushEntry(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

import { TrainerError } from '../errors.ts';

/** An address cut into its parts: `scheme://owner/path`. */
export interface Location {
  readonly uri: string;
  /** The claim, ConfigMap or host; empty for file:///path. */
  readonly owner: string;
  readonly path: string;
}

/** How one scheme becomes a path on this machine. */
export interface Scheme {
  /** The folder that a path may not leave, below `root` where the container's mounts are. */
  mount(location: Location, root: string): string;
  /** The path below the mount. */
  below(location: Location): string;
}

/** Cuts an address; fails with InvalidSpec when it cannot be one. */
export function parseLocation(uri: string): Location & { readonly scheme: string } {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)(?:\/(.*))?$/s.exec(uri);
  if (!match || uri.includes('\0'))
    throw new TrainerError('InvalidSpec', `"${uri}" is not an address; write one such as pvc://claim/folder.`);
  const [, scheme = '', owner = '', path = ''] = match;
  return { uri, scheme, owner, path };
}

/** Checks a name that becomes a folder's name. */
export function requireName(name: string, uri: string, what: string): string {
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || name.includes('..'))
    throw new TrainerError('InvalidSpec', `"${uri}" does not begin with the name of a ${what}.`);
  return name;
}

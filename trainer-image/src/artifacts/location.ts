import { TrainerError } from '../errors.ts';
import type { FolderFile } from './digest.ts';
import type { Address, Stores, WhenMissing } from './stores.ts';

/** An address cut into its parts: `scheme://owner/path`. */
export interface Location {
  readonly uri: string;
  /** The claim, ConfigMap or host; empty for file:///path. */
  readonly owner: string;
  readonly path: string;
}

/** A scheme whose files the container sees below a mount. */
export interface MountedScheme {
  /** The folder that a path may not leave, below `root` where the container's mounts are. */
  mount(location: Location, root: string): string;
  /** The path below the mount. */
  below(location: Location): string;
}

export interface FinishedFolder {
  readonly folder: string;
  readonly files: readonly FolderFile[];
}

/** What an address was found to be. */
export interface Found {
  /** The file or folder on this machine. */
  readonly path: string;
  /** The address; of exactly this content, where the store can name it. */
  readonly uri: string;
}

/** A scheme whose files lie elsewhere: they are copied to this machine and back. */
export interface CopiedScheme {
  /** Copies a file or folder here, unless it is here already. Fails with `missing` when there is none. */
  fetch(location: Location, address: Address, stores: Stores, missing: WhenMissing): Promise<Found>;
  /** Makes a folder of this machine the artifact at an address: for readers whole, or not there. Absent where a store is only read. */
  publish?(location: Location, address: Address, stores: Stores, artifact: FinishedFolder): Promise<void>;
}

export type Scheme = MountedScheme | CopiedScheme;

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

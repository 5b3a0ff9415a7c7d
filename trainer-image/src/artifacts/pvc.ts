import { join } from 'node:path';
import { requireName, type MountedScheme } from './location.ts';

/** `pvc://claim/path`: a folder of a volume claim, mounted at /mnt/pvc/claim. */
export const pvc: MountedScheme = {
  mount: ({ owner, uri }, root) => join(root, 'mnt', 'pvc', requireName(owner, uri, 'volume claim')),
  below: ({ path }) => path,
};

import { join } from 'node:path';
import { requireName, type MountedScheme } from './location.ts';

/** `configmap://name/key`: a key of a ConfigMap, mounted at /mnt/configmap/name. */
export const configmap: MountedScheme = {
  mount: ({ owner, uri }, root) => join(root, 'mnt', 'configmap', requireName(owner, uri, 'ConfigMap')),
  below: ({ path }) => path,
};

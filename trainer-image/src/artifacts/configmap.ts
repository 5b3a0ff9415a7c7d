import { join } from 'node:path';
import { requireName, type Scheme } from './location.ts';

/** `configmap://name/key`: a key of a ConfigMap, mounted at /mnt/configmap/name. */
export const configmap: Scheme = {
  mount: ({ owner, uri }, root) => join(root, 'mnt', 'configmap', requireName(owner, uri, 'ConfigMap')),
  below: ({ path }) => path,
};

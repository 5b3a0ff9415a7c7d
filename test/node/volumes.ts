import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { nodeName } from './network.ts';

/** Volumes on the node's disk, as an administrator without a provisioner makes them; they belong to root. */
export function localVolumes(folder: string, count: number): readonly object[] {
  return Array.from({ length: count }, (_, index) => {
    const place = path.join(folder, 'volumes', String(index));
    mkdirSync(place, { recursive: true });
    // The kubelet gives them to the group of the pod.
    chmodSync(place, 0o700);
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `local-${index}` },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        local: { path: place },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [nodeName] }] },
            ],
          },
        },
      },
    };
  });
}

import type { Volume, VolumeMount } from '../cluster/objects.ts';
import { tokenAudience } from './settings.ts';

export interface Mounted {
  readonly volumes: readonly Volume[];
  readonly volumeMounts: readonly VolumeMount[];
}

/** The claim that a `pvc://claim/path` lies in. */
export function claimOf(uri: string): string | undefined {
  return /^pvc:\/\/([^/]+)/.exec(uri)?.[1];
}

/** The ConfigMap that a `configmap://name/key` lies in. */
export function configMapOf(uri: string): string | undefined {
  return /^configmap:\/\/([^/]+)/.exec(uri)?.[1];
}

/** Every claim and ConfigMap that the addresses lie in, mounted where pods look for them. */
export function mountsOf(uris: readonly string[]): Mounted {
  const claims = distinct(uris.map(claimOf));
  const configMaps = distinct(uris.map(configMapOf));
  return {
    volumes: [
      ...claims.map((claim, index) => ({ name: `claim-${index}`, persistentVolumeClaim: { claimName: claim } })),
      ...configMaps.map((name, index) => ({ name: `configmap-${index}`, configMap: { name } })),
    ],
    volumeMounts: [
      ...claims.map((claim, index) => ({ name: `claim-${index}`, mountPath: `/mnt/pvc/${claim}` })),
      ...configMaps.map((name, index) => ({
        name: `configmap-${index}`,
        mountPath: `/mnt/configmap/${name}`,
        readOnly: true,
      })),
    ],
  };
}

/** task.json and the token, which every pod has. */
export function taskAndToken(taskConfigMap: string): Mounted {
  const serviceAccountToken = { audience: tokenAudience, path: 'token', expirationSeconds: 3600 };
  return {
    volumes: [
      { name: 'task', configMap: { name: taskConfigMap } },
      { name: 'token', projected: { sources: [{ serviceAccountToken }] } },
    ],
    volumeMounts: [
      { name: 'task', mountPath: '/etc/wikigpt', readOnly: true },
      { name: 'token', mountPath: '/var/run/secrets/wikigpt', readOnly: true },
    ],
  };
}

/** The folder that outlives the pods of a job. */
export function workMount(claim: string): Mounted {
  return {
    volumes: [{ name: 'work', persistentVolumeClaim: { claimName: claim } }],
    volumeMounts: [{ name: 'work', mountPath: '/work' }],
  };
}

export function together(parts: readonly Mounted[]): Mounted {
  return {
    volumes: parts.flatMap(({ volumes }) => volumes),
    volumeMounts: parts.flatMap(({ volumeMounts }) => volumeMounts),
  };
}

function distinct(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

import type { TrainingJob } from '../cluster/kinds.ts';
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

/** Every source of records that a job reads: its data, its further test sets and the questions for its teacher. */
export function dataSources({ kind, spec }: TrainingJob): readonly Address[] {
  const prompts = kind === 'DistillJob' ? (spec.distillation.sequence?.prompts ?? []) : [];
  return [...spec.data.sources, ...spec.evaluation.testSets.flatMap(({ sources }) => sources), ...prompts];
}

/** An address, and the Secret with the credentials of its store. */
interface Address {
  readonly uri: string;
  readonly secretRef?: { readonly name: string } | undefined;
}

/** Every claim, ConfigMap and Secret that the addresses need, mounted where pods look for them. */
export function mountsOf(addresses: readonly Address[]): Mounted {
  const uris = addresses.map(({ uri }) => uri);
  const claims = distinct(uris.map(claimOf));
  const configMaps = distinct(uris.map(configMapOf));
  const secrets = distinct(addresses.map(({ secretRef }) => secretRef?.name));
  return {
    volumes: [
      ...claims.map((claim, index) => ({ name: `claim-${index}`, persistentVolumeClaim: { claimName: claim } })),
      ...configMaps.map((name, index) => ({ name: `configmap-${index}`, configMap: { name } })),
      ...secrets.map((secretName, index) => ({ name: `store-${index}`, secret: { secretName } })),
    ],
    volumeMounts: [
      ...claims.map((claim, index) => ({ name: `claim-${index}`, mountPath: `/mnt/pvc/${claim}` })),
      ...configMaps.map((name, index) => ({
        name: `configmap-${index}`,
        mountPath: `/mnt/configmap/${name}`,
        readOnly: true,
      })),
      ...secrets.map((name, index) => ({
        name: `store-${index}`,
        mountPath: `/var/run/secrets/wikigpt-stores/${name}`,
        readOnly: true,
      })),
    ],
  };
}

/** Whether an address lies neither on a volume nor in the image, so that pods speak to another server for it. */
export const isElsewhere = (uri: string): boolean => !/^(pvc|configmap|npm|file):/.test(uri);

/** A folder for copies of a model that lies elsewhere, or is made a folder of; it outlives the container and goes with the pod. */
export function copiesMount({ uri }: Address): Mounted {
  if (!isElsewhere(uri) && !uri.endsWith('.gguf')) return { volumes: [], volumeMounts: [] };
  return {
    volumes: [{ name: 'work', emptyDir: {} }],
    volumeMounts: [{ name: 'work', mountPath: '/work' }],
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

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ConfigMap, EnvVar, Pod, Volume, VolumeMount } from '../objects.ts';
import type { Folders } from './folders.ts';

/** Why a pod cannot start yet; it is tried again. */
export class PodNotReady extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface PodParts {
  readonly folders: Folders;
  readonly configMap: (name: string) => ConfigMap | undefined;
  readonly claimExists: (name: string) => boolean;
  readonly token: (audience: string) => string;
  /** Variables that every container gets from the node. */
  readonly nodeEnv: Readonly<Record<string, string>>;
}

export const terminationLog = 'dev/termination-log';

/** Makes the folder that a pod's container sees as `/`, with its volumes, and returns its environment. */
export function preparePod(pod: Pod, parts: PodParts): Record<string, string> {
  const { namespace, name } = pod.metadata;
  const root = parts.folders.pod(namespace, name);
  rmSync(root, { recursive: true, force: true });
  const volumes = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const container = pod.spec.containers[0];
  for (const mount of container?.volumeMounts ?? []) {
    const volume = volumes.get(mount.name);
    if (!volume) throw new PodNotReady('InvalidPod', `volumeMounts names ${mount.name}, which volumes does not have`);
    mountVolume(pod, volume, mount, path.join(root, mount.mountPath), parts);
  }
  mkdirSync(path.join(root, 'dev'), { recursive: true });
  mkdirSync(path.join(root, 'tmp'), { recursive: true });
  writeFileSync(path.join(root, terminationLog), '');
  return { ...parts.nodeEnv, ...environment(pod, container?.env ?? [], parts.nodeEnv), WIKIGPT_ROOT: root };
}

function mountVolume(pod: Pod, volume: Volume, mount: VolumeMount, target: string, parts: PodParts): void {
  const { namespace } = pod.metadata;
  if (volume.configMap) {
    const configMap = parts.configMap(volume.configMap.name);
    if (!configMap) throw new PodNotReady('FailedMount', `ConfigMap ${volume.configMap.name} does not exist yet`);
    mkdirSync(target, { recursive: true });
    for (const [key, text] of Object.entries(configMap.data ?? {})) writeFileSync(path.join(target, key), text);
  } else if (volume.persistentVolumeClaim) {
    const claim = volume.persistentVolumeClaim.claimName;
    if (!parts.claimExists(claim))
      throw new PodNotReady('Unschedulable', `PersistentVolumeClaim ${claim} does not exist yet`);
    const folder = path.join(parts.folders.volume(namespace, claim), mount.subPath ?? '');
    mkdirSync(folder, { recursive: true });
    mkdirSync(path.dirname(target), { recursive: true });
    symlinkSync(folder, target, 'junction');
  } else if (volume.secret) {
    throw new PodNotReady(
      'FailedMount',
      `it needs the Secret ${volume.secret.secretName}, and there are no Secrets without a cluster: remove secretRef and set its variables in the shell`,
    );
  } else if (volume.projected) {
    mkdirSync(target, { recursive: true });
    for (const { serviceAccountToken } of volume.projected.sources)
      writeFileSync(path.join(target, serviceAccountToken.path), parts.token(serviceAccountToken.audience), {
        mode: 0o600,
      });
  } else mkdirSync(target, { recursive: true });
}

/** The container's variables; `$(NAME)` stands for a variable named before, or one of the node's. */
function environment(
  pod: Pod,
  variables: readonly EnvVar[],
  nodeEnv: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const variable of variables) {
    const raw = variable.valueFrom ? valueFrom(pod, variable) : (variable.value ?? '');
    env[variable.name] = raw.replace(/\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (text, name: string) => {
      return env[name] ?? nodeEnv[name] ?? text;
    });
  }
  return env;
}

function valueFrom(pod: Pod, { name, valueFrom: source }: EnvVar): string {
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
  };
  const value = fields[source?.fieldRef?.fieldPath ?? ''];
  if (value !== undefined) return value;
  const secret = source?.secretKeyRef;
  throw new PodNotReady(
    'CreateContainerConfigError',
    secret
      ? `the variable ${name} comes from the Secret ${secret.name}, and there are no Secrets without a cluster: write its value`
      : `the variable ${name} comes from a field that is not known here: write its value`,
  );
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../../errors.ts';
import type { CredentialSource } from './credentials.ts';

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The address that Kubernetes tells every pod; undefined outside a cluster. */
export function serverOf(env: NodeJS.ProcessEnv): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (host === undefined || host === '' || port === undefined || port === '') return undefined;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The credentials of the pod that this process runs in; the token is read anew each time, since the kubelet replaces it. */
export function inClusterCredentials(server: string, folder = serviceAccountFolder): CredentialSource {
  return async () => {
    try {
      const [token, ca] = await Promise.all([
        readFile(path.join(folder, 'token'), 'utf8'),
        readFile(path.join(folder, 'ca.crt')),
      ]);
      return { server, headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
    } catch (cause) {
      throw new OperatorError(
        'ClusterUnreachable',
        `The pod's ServiceAccount cannot be read from ${folder}: give the pod automountServiceAccountToken: true.`,
        { cause },
      );
    }
  };
}

/** The namespace of the pod that this process runs in. */
export async function inClusterNamespace(folder = serviceAccountFolder): Promise<string | undefined> {
  const text = await readFile(path.join(folder, 'namespace'), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}

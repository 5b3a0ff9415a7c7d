import type { RequestOptions } from 'node:https';
import { OperatorError } from '../../errors.ts';
import type { CredentialSource } from './credentials.ts';

export interface KubeconfigOptions {
  /** The file; absent for KUBECONFIG or ~/.kube/config. */
  readonly file?: string;
  readonly context?: string;
}

/**
 * Credentials from a kubeconfig, with every way to log in that the Kubernetes client knows: certificates, tokens, files,
 * commands, OIDC. The client is loaded only here: it costs 85 MB, which the operator in its pod never needs.
 */
export async function kubeconfigCredentials({ file, context }: KubeconfigOptions): Promise<CredentialSource> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (cause) {
    throw new OperatorError('ClusterUnreachable', `${file ?? 'The kubeconfig'} cannot be read: ${String(cause)}.`, {
      cause,
    });
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    const names = config.contexts.map(({ name }) => name).join(', ') || 'none';
    throw new OperatorError(
      'ClusterUnreachable',
      `The kubeconfig has no cluster for context ${config.currentContext || '(none)'}. Its contexts: ${names}.`,
    );
  }
  return async () => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key, servername, rejectUnauthorized, auth, headers } = options;
    const basic = typeof auth === 'string' ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
    return {
      server: cluster.server,
      headers: { ...basic, ...lowerCased(headers) },
      tls: defined({ ca, cert, key, servername, rejectUnauthorized }),
    };
  };
}

function lowerCased(headers: RequestOptions['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function defined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}

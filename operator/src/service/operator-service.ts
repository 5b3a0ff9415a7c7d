import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { CredentialSource } from '../cluster/kube/credentials.ts';
import { inClusterCredentials, inClusterNamespace, serverOf } from '../cluster/kube/in-cluster.ts';
import { kubeconfigCredentials } from '../cluster/kube/kubeconfig.ts';
import { openKubeCluster, type KubeClusterOptions } from '../cluster/kube/kube-cluster.ts';
import { LeaderElector, type LeaderElectorOptions } from '../cluster/kube/leader-elector.ts';
import { callLabels } from '../cluster/kube/call-labels.ts';
import { servesKind } from '../cluster/kube/serves-kind.ts';
import type { Kind } from '../cluster/kinds.ts';
import type { Logger } from '../log.ts';
import { createOperator } from '../main.ts';
import { createMetrics } from '../metrics.ts';
import { madeByUs } from '../objects/names.ts';
import { followCertificate, readCertificate } from './certificate.ts';
import { serveHealth } from './health-server.ts';
import { decisionsRead } from './decisions-read.ts';
import type { ServiceConfig } from './service-config.ts';
import { Turns } from './turns.ts';
import { notReady, unhealthy, type VitalSigns } from './vital-signs.ts';

export interface ServiceParts {
  readonly config: ServiceConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => Date;
  readonly random: () => number;
  readonly log: Logger;
  /** How to reach the API server, where that is neither in the environment nor in a kubeconfig. */
  readonly credentials?: CredentialSource;
  /** Times of the election, for tests. */
  readonly election?: Partial<LeaderElectorOptions>;
  /** Times of the watches, for tests. */
  readonly watching?: KubeClusterOptions['times'];
  readonly onAttempt?: KubeClusterOptions['onAttempt'];
}

export interface OperatorService {
  /** Base addresses of the endpoint for pods and of the health endpoint. */
  readonly url: string;
  readonly healthUrl: string;
  readonly leading: () => boolean;
  /** Ends the work under way, gives the Lease to the next, and closes everything. */
  stop(): Promise<void>;
}

/** Kinds that are read: a standby follows them too, so that it can take over at once. */
const followed: readonly Kind[] = [
  'FineTuneJob',
  'DistillJob',
  'ChatModel',
  'Job',
  'Pod',
  'Deployment',
  'Service',
  'ConfigMap',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
  'Ingress',
  'NetworkPolicy',
  'ServiceAccount',
];
/** In a large cluster nobody wants every pod: those that it makes carry this label. */
const only = { Pod: madeByUs, NetworkPolicy: madeByUs, ServiceAccount: madeByUs };
const leaseLimitMs = 30_000;

/** Runs the operator on an API server: every replica takes reports of pods, the leader alone decides. */
export async function runOperatorService(parts: ServiceParts): Promise<OperatorService> {
  const { config, env, now, random, log, election, watching, onAttempt } = parts;
  const { tlsFolder } = config;
  const certificate = tlsFolder === undefined ? undefined : await readCertificate(tlsFolder);
  const credentials = parts.credentials ?? (await findCredentials(config, env));
  const metrics = createMetrics();
  const cluster = openKubeCluster({
    credentials,
    log,
    now,
    random,
    only,
    reading: decisionsRead,
    ...(config.watchNamespace === undefined ? {} : { namespace: config.watchNamespace }),
    onAttempt: (attempt) => {
      metrics.apiCalls.inc({ ...callLabels(attempt), status: attempt.status ?? 'none' });
      onAttempt?.(attempt);
    },
    onConnect: () => metrics.apiConnections.inc(),
    ...(watching ? { times: watching } : {}),
  });
  for (const kind of followed) cluster.watch(kind, {}, () => undefined);
  let change: (leading: boolean) => void = () => undefined;
  const elector = new LeaderElector({
    rest: cluster.rest,
    namespace: config.namespace ?? (await inClusterNamespace()) ?? 'default',
    name: config.lease,
    identity: `${config.pod}_${randomUUID()}`,
    now,
    random,
    log,
    ...election,
    onChange: (leading) => change(leading),
  });
  const operator = await createOperator({
    cluster: cluster.fencedBy(elector.fence),
    reports: cluster,
    settings: { ...config.settings, ...(certificate ? { endpointAuthority: certificate.ca } : {}) },
    ...(certificate ? { certificate } : {}),
    now,
    log,
    metrics,
    progressIntervalMs: config.progressIntervalMs,
    parallel: 16,
    listen: config.listen,
  });
  const begin = async () => {
    await cluster.refresh();
    const gatewayApi = await servesKind(cluster.rest, 'HTTPRoute');
    if (elector.leading) await operator.start({ gatewayApi });
  };
  const turns = new Turns(begin, operator.pause, log);
  change = (leading) => {
    metrics.leader.set(Number(leading));
    turns.want(leading);
  };
  change(elector.leading);
  const signs = (): VitalSigns => ({
    watches: cluster.health(),
    leaseSilentMs: elector.silentMs,
    stalledMs: operator.stalledMs(),
  });
  const health = await serveHealth(config.health, {
    unhealthy: () => unhealthy(signs(), config.watchdogMs),
    notReady: () => notReady(signs(), leaseLimitMs),
  });
  const unfollow =
    certificate && tlsFolder !== undefined
      ? followCertificate(tlsFolder, certificate, operator.renewCertificate, log)
      : () => undefined;
  log.info('serves', { url: operator.url, health: health.url, identity: config.pod });
  return {
    url: operator.url,
    healthUrl: health.url,
    leading: () => elector.leading,
    stop: async () => {
      unfollow();
      // The work under way ends while this process still leads; only then may another begin.
      await operator.pause();
      await elector.stop();
      await operator.stop();
      health.close();
      await cluster.close();
      await turns.settled();
    },
  };
}

function findCredentials({ kubeconfig }: ServiceConfig, env: NodeJS.ProcessEnv): Promise<CredentialSource> {
  const server = serverOf(env);
  // Several files are put together by the client, which reads the variable itself.
  if (kubeconfig?.includes(path.delimiter)) return kubeconfigCredentials({});
  if (kubeconfig !== undefined) return kubeconfigCredentials({ file: kubeconfig });
  return server === undefined ? kubeconfigCredentials({}) : Promise.resolve(inClusterCredentials(server));
}

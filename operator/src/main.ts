import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Cluster } from './cluster/port.ts';
import { chatModelController } from './controllers/chat-model/index.ts';
import { trainingJobController } from './controllers/training-job/index.ts';
import type { Logger } from './log.ts';
import { createMetrics, type OperatorMetrics } from './metrics.ts';
import type { Settings } from './objects/settings.ts';
import { progressApp } from './progress/app.ts';
import { ProgressWriter } from './progress/progress-writer.ts';
import { Reconciler } from './reconcile.ts';

export interface OperatorParts {
  readonly cluster: Cluster;
  /** The cluster for what pods report, when its writes follow other rules than those of the controllers. */
  readonly reports?: Cluster;
  readonly settings: Settings;
  readonly now: () => Date;
  readonly log: Logger;
  /** Where figures go, when more than the operator counts in them. */
  readonly metrics?: OperatorMetrics;
  readonly progressIntervalMs: number;
  /** How many objects of a kind are worked on at once. */
  readonly parallel?: number;
  /** Where the endpoint listens; port 0 takes any. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Makes the endpoint speak HTTPS; PEM. */
  readonly certificate?: KeyPair;
  readonly onError?: (error: unknown) => void;
  /** Adds routes to the endpoint. */
  readonly extend?: (app: Hono) => void;
}

interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Operator {
  /** Base address of the endpoint. */
  readonly url: string;
  /** Begins, or begins again after `pause`, to work on what is in the cluster, with what was found out about it. */
  start(found?: Partial<Settings>): Promise<void>;
  /** Ends the work under way and takes up no more; the endpoint goes on. */
  pause(): Promise<void>;
  /** Milliseconds for which no pass has come to an end although there was work. */
  stalledMs(): number;
  /** Takes another certificate for new connections. */
  renewCertificate(certificate: KeyPair): void;
  /** Resolves when no change waits to be looked at. */
  whenIdle(): Promise<void>;
  stop(): Promise<void>;
}

/** Puts the operator together on a cluster; its endpoint listens from the start, its controllers work from `start` on. */
export async function createOperator(parts: OperatorParts): Promise<Operator> {
  const {
    cluster,
    reports = cluster,
    settings,
    now,
    log,
    metrics = createMetrics(),
    progressIntervalMs,
    listen,
    certificate,
    parallel,
    onError,
    extend,
  } = parts;
  metrics.collectProcess();
  const writer = new ProgressWriter({ cluster: reports, metrics, now, minIntervalMs: progressIntervalMs });
  const options = {
    cluster,
    now,
    log,
    metrics,
    ...(parallel === undefined ? {} : { parallel }),
    ...(onError ? { onError } : {}),
  };
  const newReconcilers = (known: Settings) => [
    new Reconciler(trainingJobController('FineTuneJob', known), options),
    new Reconciler(trainingJobController('DistillJob', known), options),
    new Reconciler(chatModelController(known), options),
  ];
  let reconcilers: ReturnType<typeof newReconcilers> = [];
  const pause = async () => {
    for (const reconciler of reconcilers.splice(0)) await reconciler.stop();
  };
  const app = progressApp({ cluster: reports, writer, metrics, now, log });
  extend?.(app);
  const { promise: address, resolve, reject } = Promise.withResolvers<AddressInfo>();
  const { cert, key } = certificate ?? {};
  const secure = certificate ? { createServer: createHttpsServer, serverOptions: { cert, key } } : {};
  const server = serve({ fetch: app.fetch, hostname: listen.host, port: listen.port, ...secure }, resolve);
  server.once('error', reject);
  const { address: host, port } = await address;
  return {
    url: `${certificate ? 'https' : 'http'}://${host}:${port}`,
    start: async (found = {}) => {
      reconcilers = newReconcilers({ ...settings, ...found });
      for (const reconciler of reconcilers) await reconciler.start();
    },
    whenIdle: async () => {
      for (const reconciler of reconcilers) await reconciler.whenIdle();
    },
    pause,
    renewCertificate: (renewed) => {
      if ('setSecureContext' in server) server.setSecureContext({ cert: renewed.cert, key: renewed.key });
    },
    stalledMs: () => Math.max(0, ...reconcilers.map((reconciler) => reconciler.stalledMs)),
    stop: async () => {
      await pause();
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
}

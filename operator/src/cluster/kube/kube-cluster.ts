import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Kind, KindMap } from '../kinds.ts';
import type { Labels } from '../objects.ts';
import type { Cluster, Scope, TokenOwner } from '../port.ts';
import { isStatus } from './api-error.ts';
import { AppliedStatus } from './applied-status.ts';
import type { CredentialSource } from './credentials.ts';
import { EventRecorder } from './event-recorder.ts';
import type { Fence } from './fence.ts';
import { KeyedTurns } from '../../keyed-turns.ts';
import { listAll } from './list-watch.ts';
import { ObjectReader, type Reading } from './object-reader.ts';
import { ObjectWriter } from './object-writer.ts';
import { objectPath } from './paths.ts';
import { podLogs } from './pod-logs.ts';
import type { ReflectorTimes } from './reflector.ts';
import { RestClient, type Attempted } from './rest-client.ts';
import { SharedWatches, type SharedWatch, type WatchHealth } from './shared-watches.ts';
import { TokenReviewer } from './token-reviewer.ts';
import { Transport } from './transport.ts';

export interface KubeClusterOptions {
  readonly credentials: CredentialSource;
  readonly log: Logger;
  readonly now: () => Date;
  readonly random: () => number;
  /** The only namespace that is watched and listed; all of them when absent. */
  readonly namespace?: string;
  /** Labels without which an object of the kind is of no interest: it is neither watched nor listed. */
  readonly only?: Partial<Record<Kind, Labels>>;
  /** How much of each object is read; all of it when absent. */
  readonly reading?: Reading;
  readonly times?: Partial<ReflectorTimes>;
  readonly onAttempt?: (attempt: Attempted) => void;
  readonly onConnect?: () => void;
}

export interface KubeCluster extends Cluster {
  readonly rest: RestClient;
  /** The same cluster and caches for a writer that must stop when the fence closes. */
  fencedBy(fence: Fence): Cluster;
  /** Reads every watched list anew: a new leader must not decide by what it saw before the old one had stopped. */
  refresh(): Promise<void>;
  /** How each list and watch is doing. */
  health(): readonly WatchHealth[];
  close(): Promise<void>;
}

const syncDeadlineMs = 30_000;
const component = 'wikigpt-operator';

/** The port on an API server. Reads come from the caches of open watches where there are any, and from the server otherwise. */
export function openKubeCluster(options: KubeClusterOptions): KubeCluster {
  const { credentials, log, now, random, namespace: home, only = {}, times, onAttempt, onConnect } = options;
  const transport = new Transport({ credentials, userAgent: component, ...(onConnect ? { onConnect } : {}) });
  const rest = new RestClient({ transport, log, random, ...(onAttempt ? { onAttempt } : {}) });
  const reader = new ObjectReader(options.reading);
  const watches = new SharedWatches({ rest, reader, log, random, ...(times ? { times } : {}) });
  const applied = new AppliedStatus();
  const turns = new KeyedTurns();
  const narrowed = (kind: Kind, scope: Scope): Scope => {
    const labels = { ...only[kind], ...scope.labels };
    const namespace = scope.namespace ?? home;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
    };
  };

  const get = async <K extends Kind>(kind: K, namespace: string, name: string): Promise<KindMap[K] | undefined> => {
    const whole = watches.covering(kind, { namespace });
    for (const watch of whole ? [whole] : watches.of(kind)) {
      if (watch === whole || watch.isSynced()) await whenSynced(watch);
      const found = watch.cache.get(namespace, name);
      if (found || watch === whole) return found as KindMap[K] | undefined;
    }
    try {
      const path = objectPath(kind, namespace, name);
      return reader.read(kind, await rest.json<object>({ method: 'GET', path, accept: reader.accept(kind) }));
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  };

  const list = async <K extends Kind>(kind: K, wanted: Scope = {}): Promise<readonly KindMap[K][]> => {
    const scope = narrowed(kind, wanted);
    const watch = watches.covering(kind, scope);
    if (!watch) return (await listAll(rest, kind, scope, reader)).items;
    await whenSynced(watch);
    return watch.cache.list(scope) as KindMap[K][];
  };

  const isAlive = ({ namespace, pod, podUid }: TokenOwner): boolean =>
    watches.of('Pod').some(({ cache }) => cache.get(namespace, pod)?.metadata.uid === podUid);
  const reviewer = new TokenReviewer({ rest, isAlive });

  const view = (fence?: Fence): Cluster => {
    const fenced = fence ? { fence } : {};
    const writer = new ObjectWriter({ rest, reader, watches, applied, turns, ...fenced });
    const events = new EventRecorder({ rest, component, now, ...fenced });
    return {
      get,
      list,
      watch: (kind, scope, onChange) =>
        watches.watch(kind, narrowed(kind, scope), (change) => {
          if (change.type === 'Deleted') applied.forget(change.object.metadata.uid ?? '');
          onChange(change);
        }),
      apply: (object, manager) => writer.apply(object, manager),
      patchStatus: (key, status, manager) => writer.patchStatus(key, status, manager),
      remove: (key, uid) => writer.remove(key, uid),
      recordEvent: async (draft) => {
        try {
          await events.record(draft);
        } catch (error) {
          // An event tells a person; the work must not wait for it, nor be done again because of it.
          log.warn('event not recorded', { reason: draft.reason, error });
        }
      },
      reviewToken: (token, audience) => reviewer.review(token, audience),
      logs: (namespace, pod, logOptions) => podLogs(rest, namespace, pod, logOptions),
    };
  };

  return {
    ...view(),
    rest,
    fencedBy: view,
    refresh: () => watches.refresh(),
    health: () => watches.health(),
    close: async () => {
      await watches.close();
      await transport.close();
    },
  };
}

async function whenSynced(watch: SharedWatch): Promise<void> {
  if (watch.isSynced()) return;
  const waiting = new AbortController();
  const tooLong = sleep(syncDeadlineMs, true, { signal: waiting.signal }).catch(() => false);
  const late = await Promise.race([watch.synced, tooLong]);
  waiting.abort();
  if (late === true)
    throw new OperatorError('ClusterUnreachable', `the list of ${watch.kind} has not come within ${syncDeadlineMs} ms`);
}

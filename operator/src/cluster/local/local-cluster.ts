import { createHash, randomUUID } from 'node:crypto';
import type { Logger } from '../../log.ts';
import { keyOf, keyText, type AnyObject, type Kind, type KindMap } from '../kinds.ts';
import type { Event } from '../objects.ts';
import type { Change, Cluster, EventDraft, LogOptions, Scope, Watch } from '../port.ts';
import { foldersIn, type Folders } from './folders.ts';
import { Kubelet, removePodFiles } from './kubelet.ts';
import { readLog } from './log-tail.ts';
import { inScope, ObjectStore } from './object-store.ts';
import { isOver } from './pods-of.ts';
import { ServiceProxies } from './service-proxies.ts';
import { PodTokens } from './tokens.ts';
import { removeVolume, Workloads } from './workloads.ts';

export interface LocalClusterOptions {
  /** The folder that holds everything, such as `.wikigpt`. */
  readonly root: string;
  readonly now: () => Date;
  readonly log: Logger;
  readonly admit?: (next: AnyObject, previous: AnyObject | undefined) => void;
}

export interface NodeOptions {
  /** The program that stands for every image; a container's args follow it. */
  readonly program: readonly string[];
  readonly env: () => Readonly<Record<string, string>>;
  readonly servicePort: number;
  /** First delay before a failed container is started again; it doubles each time. */
  readonly firstRestartMs?: number;
  readonly leftoverGraceMs?: number;
  /** Hears of what could not be written or started; it is tried again. */
  readonly onError?: (error: unknown) => void;
}

/** The part that runs things: pods, and what makes and reaches them. */
export interface LocalNode {
  /** Takes the service port before anything starts; throws PortInUse. */
  reserve(): Promise<void>;
  start(): Promise<void>;
  /** Ends every pod with its grace period and waits until that is written down. */
  drain(): Promise<void>;
  /** Ends every pod at once. */
  kill(): void;
  stop(): Promise<void>;
}

export interface LocalCluster extends Cluster {
  readonly folders: Folders;
  /** Without a node the objects can be read and changed, and nothing runs. */
  node(options: NodeOptions): LocalNode;
}

/** Opens the cluster that lies in a folder; only the holder of its lock may change it. */
export function openLocalCluster(options: LocalClusterOptions & { readonly runsPods: boolean }): LocalCluster {
  const { now, log, admit, runsPods } = options;
  const folders = foldersIn(options.root);
  const store = new ObjectStore({
    folder: folders.objects,
    now,
    uid: randomUUID,
    gracefulPods: runsPods,
    ...(admit === undefined ? {} : { admit }),
  });
  const tokens = new PodTokens();
  if (!runsPods)
    store.subscribe(({ type, object }) => {
      if (type !== 'Deleted') return;
      if (object.kind === 'Pod') removePodFiles(folders, object.metadata);
      if (object.kind === 'PersistentVolumeClaim') removeVolume(folders, object);
    });
  return {
    folders,
    get: async (kind, namespace, name) => store.get(kind, namespace, name),
    list: async (kind, scope) => store.list(kind, scope),
    watch: (kind, scope, onChange) => watchStore(store, kind, scope, onChange),
    apply: async (object, manager) => store.apply(object, manager),
    patchStatus: async (key, status, manager) => store.patchStatus(key, status, manager),
    remove: async (key, uid) => store.remove(key, uid),
    recordEvent: async (draft) => recordEvent(store, draft, now()),
    reviewToken: async (token, audience) => tokens.review(token, audience),
    logs: (namespace, pod, logOptions: LogOptions = {}) => {
      const file = logOptions.previous ? folders.previousLog(namespace, pod) : folders.log(namespace, pod);
      return readLog(file, logOptions, () => {
        const found = store.get('Pod', namespace, pod);
        return found !== undefined && !isOver(found);
      });
    },
    node: (nodeOptions) => createNode(store, folders, tokens, nodeOptions, { now, log }),
  };
}

function createNode(
  store: ObjectStore,
  folders: Folders,
  tokens: PodTokens,
  { program, env, servicePort, firstRestartMs, leftoverGraceMs, onError = () => undefined }: NodeOptions,
  { now, log }: { readonly now: () => Date; readonly log: Logger },
): LocalNode {
  const kubelet = new Kubelet({
    store,
    folders,
    tokens,
    program,
    nodeEnv: env,
    now,
    log,
    onError,
    ...(firstRestartMs === undefined ? {} : { firstRestartMs }),
    ...(leftoverGraceMs === undefined ? {} : { leftoverGraceMs }),
  });
  const workloads = new Workloads({
    store,
    folders,
    now,
    log,
    onError,
    ...(firstRestartMs === undefined ? {} : { firstRetryMs: firstRestartMs }),
  });
  const proxies = new ServiceProxies({ store, port: servicePort, log });
  return {
    reserve: () => proxies.reserve(),
    start: async () => {
      store.collectGarbage();
      forgetOldEvents(store, now());
      await kubelet.start();
      workloads.start();
      proxies.start();
    },
    drain: async () => {
      workloads.cordon();
      await proxies.stop();
      await kubelet.stop();
      await workloads.whenIdle();
    },
    kill: () => kubelet.kill(),
    stop: async () => {
      await proxies.stop();
      await workloads.stop();
    },
  };
}

/** Events are kept for a day: long enough to see what happened, and they do not pile up. */
function forgetOldEvents(store: ObjectStore, now: Date): void {
  const dayAgo = new Date(now.getTime() - 24 * 60 * 60 * 1000).toISOString();
  for (const event of store.list('Event')) if (event.lastTimestamp < dayAgo) store.finish(keyOf(event));
}

/** Changes reach the watcher after the call that made them, never within it. */
function watchStore<K extends Kind>(
  store: ObjectStore,
  kind: K,
  scope: Scope,
  onChange: (change: Change<KindMap[K]>) => void,
): Watch {
  let open = true;
  const inside = new Set<string>();
  const deliver = (change: Change<KindMap[K]>) => queueMicrotask(() => open && onChange(change));
  const look = ({ type, object }: Change<AnyObject>) => {
    if (object.kind !== kind) return;
    const key = keyText(keyOf(object));
    const belongs = type !== 'Deleted' && inScope(object, scope);
    const known = inside.has(key);
    if (belongs) inside.add(key);
    else inside.delete(key);
    if (belongs || known)
      deliver({ type: belongs ? (known ? 'Modified' : 'Added') : 'Deleted', object: object as KindMap[K] });
  };
  for (const object of store.list(kind, scope)) look({ type: 'Added', object });
  const unsubscribe = store.subscribe(look);
  const { promise: synced, resolve } = Promise.withResolvers<void>();
  queueMicrotask(resolve);
  return {
    synced,
    close: () => {
      open = false;
      unsubscribe();
    },
  };
}

function recordEvent(store: ObjectStore, { regarding, type, reason, message }: EventDraft, now: Date): void {
  const { namespace, name } = regarding;
  const digest = createHash('sha256')
    .update(JSON.stringify([regarding.kind, regarding.uid, type, reason, message]))
    .digest('hex');
  const metadata = { namespace, name: `${name}.${digest.slice(0, 16)}` };
  const previous = store.get('Event', namespace, metadata.name);
  const event: Event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata,
    involvedObject: regarding,
    type,
    reason,
    message,
    count: (previous?.count ?? 0) + 1,
    firstTimestamp: previous?.firstTimestamp ?? now.toISOString(),
    lastTimestamp: now.toISOString(),
    source: { component: 'wikigpt-operator' },
  };
  store.put(event);
}

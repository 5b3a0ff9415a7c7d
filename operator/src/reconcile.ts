import { AppliedObjects } from './applied-objects.ts';
import type { AnyObject, ApiKind, Kind, KindMap } from './cluster/kinds.ts';
import { referenceTo } from './cluster/kinds.ts';
import type { Cluster, Watch } from './cluster/port.ts';
import type { Controller, Plan, Queries, Query, Seen } from './controllers/controller.ts';
import { conditionOf } from './controllers/condition.ts';
import { covers } from './covers.ts';
import { OperatorError } from './errors.ts';
import type { Logger } from './log.ts';
import type { OperatorMetrics } from './metrics.ts';
import { listQueries, WakeIndex } from './wake-index.ts';
import { WorkQueue, type PassResult } from './work-queue.ts';

export interface ReconcilerOptions {
  readonly cluster: Cluster;
  readonly now: () => Date;
  readonly log: Logger;
  readonly metrics: OperatorMetrics;
  readonly parallel?: number;
  readonly onError?: (error: unknown) => void;
}

/** Who writes, in server-side apply. */
const controllerManager = 'wikigpt-controller';

/** The loop that is the same for every kind: observe → plan → apply → observe → status. */
export class Reconciler<K extends ApiKind, Q extends Queries> {
  readonly #controller: Controller<K, Q>;
  readonly #options: ReconcilerOptions;
  readonly #queue: WorkQueue;
  readonly #wakes = new WakeIndex();
  readonly #watches = new Map<Kind, Watch>();
  readonly #applied = new AppliedObjects();
  /** Whether the first list has been delivered; what it brings may wait for what happens meanwhile. */
  #started = false;

  constructor(controller: Controller<K, Q>, options: ReconcilerOptions) {
    this.#controller = controller;
    this.#options = options;
    this.#queue = new WorkQueue({
      parallel: options.parallel ?? 4,
      firstBackoffMs: 50,
      maxBackoffMs: 60_000,
      work: (key) => this.#pass(key),
      onError: (key, error, retryMs) => {
        const level = isPassing(error) ? 'warn' : 'error';
        options.log[level]('reconcile failed', { object: `${controller.kind} ${key}`, retryMs, error });
        options.metrics.reconcileErrors.inc({ kind: controller.kind });
        options.onError?.(error);
      },
    });
    options.metrics.countQueue(controller.kind, () => this.#queue.depth);
  }

  async start(): Promise<void> {
    await this.#watch(this.#controller.kind).synced;
    this.#started = true;
  }

  /** Resolves when no change waits to be looked at. */
  whenIdle(): Promise<void> {
    return this.#queue.whenIdle();
  }

  /** Milliseconds for which no pass has come to an end although there was work. */
  get stalledMs(): number {
    return this.#queue.stalledMs;
  }

  async stop(): Promise<void> {
    for (const watch of this.#watches.values()) watch.close();
    await this.#queue.stop();
  }

  #watch(kind: Kind): Watch {
    const open = this.#watches.get(kind);
    if (open) return open;
    const watch = this.#options.cluster.watch(kind, {}, ({ type, object }) => {
      if (kind === this.#controller.kind) {
        this.#queue.add(keyIn(object), !this.#started);
        if (type === 'Deleted') this.#options.metrics.forget(object);
      }
      if (type === 'Deleted') this.#applied.forget(object);
      for (const key of this.#wakes.lookersAt(object)) this.#queue.add(key);
    });
    this.#watches.set(kind, watch);
    return watch;
  }

  async #pass(key: string): Promise<PassResult> {
    const end = this.#options.metrics.reconcileSeconds.startTimer({ kind: this.#controller.kind });
    try {
      return await this.#reconcile(key);
    } finally {
      end();
    }
  }

  async #reconcile(key: string): Promise<PassResult> {
    const controller = this.#controller;
    const { now } = this.#options;
    const object = await this.#get(key);
    if (!object || object.metadata.deletionTimestamp !== undefined) {
      this.#wakes.delete(key);
      return {};
    }
    const seen = await this.#observe(key, object);
    const plan = controller.plan(object, seen, now());
    const acted = await this.#act(object, plan);
    const current = acted ? await this.#get(key) : object;
    if (!current) return {};
    await this.#report(current, acted ? await this.#observe(key, current) : seen);
    return plan.wakeAt === undefined ? {} : { againAfterMs: plan.wakeAt.getTime() - now().getTime() };
  }

  #get(key: string): Promise<KindMap[K] | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    return this.#options.cluster.get(this.#controller.kind, namespace, name);
  }

  /** The index is set before the objects are read, so that no change falls between. */
  async #observe(key: string, object: KindMap[K]): Promise<Seen<Q>> {
    const { namespace } = object.metadata;
    const queries = this.#controller.observe(object);
    this.#wakes.set(key, namespace, queries);
    for (const { kind } of listQueries(queries)) this.#watch(kind);
    const answers = Object.entries(queries).map(async ([name, query]) => [name, await this.#answer(namespace, query)]);
    return Object.fromEntries((await Promise.all(answers)) as [string, unknown][]) as Seen<Q>;
  }

  async #answer(namespace: string, query: Queries[string]): Promise<unknown> {
    const { cluster } = this.#options;
    if (query === undefined) return undefined;
    if (isList(query)) {
      const found = await Promise.all(query.map((each) => this.#answer(namespace, each as Query)));
      return found.filter((object) => object !== undefined);
    }
    if ('label' in query) return cluster.list(query.kind, { namespace, labels: { [query.label[0]]: query.label[1] } });
    return query.name === '' ? undefined : cluster.get(query.kind, namespace, query.name);
  }

  /** Carries out a plan, leaving alone what is already as it should be; true when something was written. */
  async #act(object: KindMap[K], { remove, apply, events }: Plan): Promise<boolean> {
    const { cluster, log } = this.#options;
    let acted = false;
    for (const { key, uid } of remove) {
      const present = await cluster.get(key.kind, key.namespace, key.name);
      if (!present || present.metadata.deletionTimestamp !== undefined) continue;
      log.info('remove', { kind: key.kind, object: `${key.namespace}/${key.name}` });
      await cluster.remove(key, uid);
      acted = true;
    }
    for (const together of inTurn(apply)) {
      const changed = await Promise.all(together.map((wanted) => this.#apply(wanted)));
      acted ||= changed.includes(true);
    }
    for (const event of events) await cluster.recordEvent({ regarding: referenceTo(object), ...event });
    return acted;
  }

  async #apply(wanted: AnyObject): Promise<boolean> {
    const { cluster, log } = this.#options;
    const { namespace, name } = wanted.metadata;
    const current = await cluster.get(wanted.kind, namespace, name);
    if (covers(current, wanted) || this.#applied.stands(current, wanted)) return false;
    log.info('apply', { kind: wanted.kind, object: `${namespace}/${name}` });
    this.#applied.remember(await cluster.apply(wanted, controllerManager), wanted);
    return true;
  }

  async #report(object: KindMap[K], seen: Seen<Q>): Promise<void> {
    const { cluster, now, log, metrics } = this.#options;
    const { kind, condition, isNews } = this.#controller;
    const status = this.#controller.status(object, seen, now());
    const before = conditionOf(object, condition);
    const after = conditionOf({ status }, condition);
    const { namespace, name, uid } = object.metadata;
    const key = { kind, namespace, name, ...(uid === undefined ? {} : { uid }) };
    const written = covers(object.status ?? {}, status)
      ? object
      : await cluster.patchStatus(key, status, controllerManager);
    if (!written || !after) return;
    metrics.setState(object, after.reason);
    if (before?.reason === after.reason) return;
    if (after.type === 'Succeeded' && after.status !== 'Unknown') metrics.forgetProgress(object);
    log.info('state', { kind, object: `${namespace}/${name}`, reason: after.reason, says: after.message });
    if (!isNews(after)) return;
    await cluster.recordEvent({
      regarding: referenceTo(object),
      type: after.status === 'False' ? 'Warning' : 'Normal',
      reason: after.reason,
      message: after.message,
    });
  }
}

/** What is applied at once, in order: a workload alone, after all that its pods mount and before all that leads to them. */
function inTurn(objects: readonly AnyObject[]): AnyObject[][] {
  const turns: AnyObject[][] = [[]];
  for (const object of objects) {
    if (object.kind === 'Job' || object.kind === 'Deployment') turns.push([object], []);
    else turns.at(-1)?.push(object);
  }
  return turns;
}

/** Failures that come from where the cluster stands, not from what is in the pass. */
function isPassing(error: unknown): boolean {
  return error instanceof OperatorError && (error.code === 'NotLeading' || error.code === 'ClusterUnreachable');
}

function isList<T>(value: T): value is T & readonly unknown[] {
  return Array.isArray(value);
}

function keyIn({ metadata: { namespace, name } }: AnyObject): string {
  return `${namespace}/${name}`;
}

import { mkdirSync, rmSync } from 'node:fs';
import type { Logger } from '../../log.ts';
import { WorkQueue, type PassResult } from '../../work-queue.ts';
import { keyOf, keyText, type AnyObject } from '../kinds.ts';
import type { PersistentVolumeClaim } from '../objects.ts';
import { planDeployment } from './deployment-plan.ts';
import type { Folders } from './folders.ts';
import { planJob } from './job-plan.ts';
import type { ObjectStore } from './object-store.ts';

export interface WorkloadsOptions {
  readonly store: ObjectStore;
  readonly folders: Folders;
  readonly now: () => Date;
  readonly log: Logger;
  readonly onError: (error: unknown) => void;
  readonly firstRetryMs?: number;
}

const manager = 'workloads';

/** What Kubernetes itself does with Jobs, Deployments and volume claims, for a cluster without one. */
export class Workloads {
  readonly #options: WorkloadsOptions;
  readonly #queue: WorkQueue;
  #unsubscribe: (() => void) | undefined;
  #cordoned = false;

  constructor(options: WorkloadsOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      parallel: 1,
      firstBackoffMs: 100,
      maxBackoffMs: 10_000,
      work: async (key) => this.#pass(key),
      onError: (key, error) => {
        options.log.error('workload pass failed', { object: key, error });
        options.onError(error);
      },
    });
  }

  start(): void {
    const { store } = this.#options;
    this.#restartClocks();
    this.#unsubscribe = store.subscribe(({ type, object }) => this.#look(type, object));
    for (const kind of ['Job', 'Deployment', 'PersistentVolumeClaim'] as const)
      for (const object of store.list(kind)) this.#look('Added', object);
  }

  /** From now on no pod is made; what ends is still written down. */
  cordon(): void {
    this.#cordoned = true;
  }

  whenIdle(): Promise<void> {
    return this.#queue.whenIdle();
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    await this.#queue.stop();
  }

  #look(type: string, object: AnyObject): void {
    if (object.kind === 'Job' || object.kind === 'Deployment') this.#queue.add(keyText(keyOf(object)));
    if (object.kind === 'Pod')
      for (const owner of object.metadata.ownerReferences ?? [])
        this.#queue.add(`${owner.kind}/${object.metadata.namespace}/${owner.name}`);
    if (object.kind !== 'PersistentVolumeClaim') return;
    if (type === 'Deleted') removeVolume(this.#options.folders, object);
    else this.#bind(object);
  }

  #pass(key: string): PassResult {
    const [kind, namespace = '', name = ''] = key.split('/');
    const { store, now, firstRetryMs = 1000 } = this.#options;
    const object = kind === 'Job' ? store.get('Job', namespace, name) : store.get('Deployment', namespace, name);
    if (!object) return {};
    const pods = store.list('Pod', { namespace });
    const plan =
      object.kind === 'Job' ? planJob(object, pods, now(), firstRetryMs) : planDeployment(object, pods, now());
    for (const pod of plan.remove) store.remove(keyOf(pod), pod.metadata.uid);
    if (!this.#cordoned) for (const pod of plan.create) store.apply(pod, manager);
    store.patchStatus({ kind: object.kind, namespace, name }, plan.status, manager);
    return plan.againAfterMs === undefined ? {} : { againAfterMs: plan.againAfterMs };
  }

  /** Time in which nothing ran does not count against a deadline. */
  #restartClocks(): void {
    const { store, now } = this.#options;
    for (const { metadata, status } of store.list('Job'))
      if (status?.startTime !== undefined && status.completionTime === undefined)
        store.patchStatus(
          { kind: 'Job', namespace: metadata.namespace, name: metadata.name },
          { ...status, startTime: now().toISOString() },
          manager,
        );
  }

  #bind({ metadata: { namespace, name } }: PersistentVolumeClaim): void {
    mkdirSync(this.#options.folders.volume(namespace, name), { recursive: true });
    this.#options.store.patchStatus({ kind: 'PersistentVolumeClaim', namespace, name }, { phase: 'Bound' }, manager);
  }
}

/** Removes the folder of a deleted claim, and so what was kept in it. */
export function removeVolume(folders: Folders, { metadata: { namespace, name } }: PersistentVolumeClaim): void {
  rmSync(folders.volume(namespace, name), { recursive: true, force: true });
}

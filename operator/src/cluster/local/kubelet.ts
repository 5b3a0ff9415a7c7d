import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../../log.ts';
import { keyOf } from '../kinds.ts';
import type { Pod } from '../objects.ts';
import { endLeftover } from './container-process.ts';
import type { Folders } from './folders.ts';
import type { ObjectStore } from './object-store.ts';
import { preparePod } from './pod-root.ts';
import { keepTransition } from './pod-status.ts';
import { isOver } from './pods-of.ts';
import { PodWorker } from './pod-worker.ts';
import type { PodTokens } from './tokens.ts';

export interface KubeletOptions {
  readonly store: ObjectStore;
  readonly folders: Folders;
  readonly tokens: PodTokens;
  /** The program that stands for the image; a container's args follow it. */
  readonly program: readonly string[];
  /** Variables of the node: what the operator's own process has, and WIKIGPT_ENDPOINT. */
  readonly nodeEnv: () => Readonly<Record<string, string>>;
  readonly now: () => Date;
  readonly log: Logger;
  readonly onError: (error: unknown) => void;
  readonly firstRestartMs?: number;
  /** How long a process that an earlier run left may take to end before it is killed. */
  readonly leftoverGraceMs?: number;
}

/** The annotation that says on which port of 127.0.0.1 a pod's container listens, since pods here share one address. */
export const portAnnotation = 'wikigpt.dev/port';

const guard = fileURLToPath(new URL('orphan-guard.ts', import.meta.url));
const manager = 'kubelet';

/** Runs the pods of a cluster without one, as child processes. */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #workers = new Map<string, PodWorker>();
  #unsubscribe: (() => void) | undefined;

  constructor(options: KubeletOptions) {
    this.#options = options;
  }

  /** Ends what an earlier process left, then runs every pod that is or comes. */
  async start(): Promise<void> {
    const { store } = this.#options;
    await this.#endLeftovers();
    this.#sweep();
    for (const pod of store.list('Pod')) this.#recover(pod);
    this.#unsubscribe = store.subscribe(({ type, object }) => {
      if (object.kind !== 'Pod') return;
      if (type === 'Deleted') removePodFiles(this.#options.folders, object.metadata);
      else this.#look(object);
    });
    for (const pod of store.list('Pod')) this.#look(pod);
  }

  /** Ends every pod, each with its grace period; they do not count as failed. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop('the operator was stopped')));
  }

  /** Ends every process at once. */
  kill(): void {
    for (const worker of this.#workers.values()) worker.kill();
  }

  #look(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const worker = this.#workers.get(uid);
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (worker) void worker.stop();
      else this.#options.store.finish(keyOf(pod));
    } else if (!worker && !isOver(pod)) this.#run(pod);
  }

  #run(pod: Pod): void {
    const { store, folders, tokens, now, log, onError, firstRestartMs = 1000 } = this.#options;
    const { namespace, name, uid = '' } = pod.metadata;
    const root = folders.pod(namespace, name);
    const worker = new PodWorker(pod, {
      root,
      now,
      onError,
      firstRestartMs,
      maxRestartMs: 60_000,
      prepare: (each, port) => {
        const env = preparePod(each, {
          folders,
          configMap: (configMap) => store.get('ConfigMap', namespace, configMap),
          claimExists: (claim) => store.get('PersistentVolumeClaim', namespace, claim) !== undefined,
          token: (audience) => tokens.issue({ namespace, pod: name, podUid: uid }, audience),
          nodeEnv: { ...this.#options.nodeEnv(), PORT: String(port) },
        });
        const [program = process.execPath, ...args] = this.#options.program;
        return {
          command: [program, '--import', guard, ...args, ...(each.spec.containers[0]?.args ?? [])],
          cwd: root,
          env: { ...env, PORT: String(port) },
          log: folders.log(namespace, name),
          previousLog: folders.previousLog(namespace, name),
          record: this.#record(uid),
        };
      },
      report: (status, port) => {
        const current = store.get('Pod', namespace, name);
        if (current?.metadata.uid !== uid) return;
        const annotations = { [portAnnotation]: String(port) };
        try {
          if (port > 0) store.annotate(keyOf(current), annotations);
          store.patchStatus({ kind: 'Pod', namespace, name }, status, manager);
        } catch (error) {
          log.error('pod status not written', { pod: `${namespace}/${name}`, error });
          onError(error);
        }
      },
    });
    this.#workers.set(uid, worker);
    void worker.ended.then(() => this.#end(pod));
  }

  #end(pod: Pod): void {
    const { store, tokens } = this.#options;
    const { namespace, name, uid = '' } = pod.metadata;
    this.#workers.delete(uid);
    tokens.revoke(uid);
    const current = store.get('Pod', namespace, name);
    if (current?.metadata.uid === uid && current.metadata.deletionTimestamp !== undefined) store.finish(keyOf(current));
  }

  /** A pod that ran when an earlier process ended was disrupted; it did not fail. */
  #recover(pod: Pod): void {
    const { store, now } = this.#options;
    if (pod.metadata.deletionTimestamp !== undefined || isOver(pod) || pod.status === undefined) return;
    const message = 'the operator stopped while this pod ran';
    const disrupted = { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message } as const;
    const notReady = { type: 'Ready', status: 'False', reason: 'ContainersNotReady' } as const;
    store.patchStatus(
      { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name },
      {
        ...pod.status,
        phase: 'Failed',
        reason: 'Terminated',
        message,
        containerStatuses: (pod.status.containerStatuses ?? []).map((each) => ({ ...each, ready: false })),
        conditions: [disrupted, notReady].map((each) => keepTransition(each, pod.status?.conditions, now())),
      },
      manager,
    );
  }

  async #endLeftovers(): Promise<void> {
    const { folders, log, leftoverGraceMs = 10_000 } = this.#options;
    const records = listFolder(folders.processes).map((file) => path.join(folders.processes, file));
    const ended = await Promise.all(records.map((record) => endLeftover(record, leftoverGraceMs)));
    const count = ended.filter(Boolean).length;
    if (count > 0) log.info('ended processes of an earlier run', { count });
  }

  /** Removes files of pods that are gone: an earlier process may have ended between the pod and its files. */
  #sweep(): void {
    const { store, folders } = this.#options;
    for (const namespace of listFolder(folders.pods))
      for (const name of listFolder(path.join(folders.pods, namespace)))
        if (!store.get('Pod', namespace, name)) removePodFiles(folders, { namespace, name });
  }

  #record(uid: string): string {
    return path.join(this.#options.folders.processes, `${uid}.json`);
  }
}

/** Removes what a deleted pod left on disk. */
export function removePodFiles(
  folders: Folders,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): void {
  for (const file of [folders.pod(namespace, name), folders.log(namespace, name), folders.previousLog(namespace, name)])
    rmSync(file, { recursive: true, force: true });
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

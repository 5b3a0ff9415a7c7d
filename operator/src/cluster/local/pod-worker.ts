import { closeSync, openSync, readSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import type { ContainerState, Pod } from '../objects.ts';
import { ContainerProcess } from './container-process.ts';
import { PodNotReady, terminationLog } from './pod-root.ts';
import { podStatus, terminated, type PodFacts } from './pod-status.ts';

export interface PodWorkerOptions {
  /** The folder that the container sees as `/`. */
  readonly root: string;
  /** Makes the pod's folder and returns the environment and how to run the container; throws PodNotReady. */
  readonly prepare: (pod: Pod, port: number) => ConstructorParameters<typeof ContainerProcess>[0];
  readonly now: () => Date;
  readonly onError: (error: unknown) => void;
  readonly report: (status: ReturnType<typeof podStatus>, port: number) => void;
  readonly firstRestartMs: number;
  readonly maxRestartMs: number;
}

const setupRetryMs = 500;
const firstProbeMs = 100;

/** The life of one pod: sets it up, runs its container, restarts it when its policy says so, and ends it. */
export class PodWorker {
  /** Resolves when the pod has come to its end. */
  readonly ended: Promise<void>;
  readonly #pod: Pod;
  readonly #options: PodWorkerOptions;
  readonly #stop = new AbortController();
  #disrupted: string | undefined;
  #process: ContainerProcess | undefined;
  #facts: PodFacts;
  #port = 0;

  constructor(pod: Pod, options: PodWorkerOptions) {
    this.#pod = pod;
    this.#options = options;
    this.#facts = {
      phase: 'Pending',
      state: { waiting: { reason: 'ContainerCreating' } },
      ready: false,
      restartCount: 0,
      startTime: options.now().toISOString(),
    };
    this.ended = this.#live();
  }

  /** Ends the pod: SIGTERM, then SIGKILL after its grace period. A disruption is a reason that is not the pod's own. */
  async stop(disruption?: string): Promise<void> {
    this.#disrupted = disruption;
    this.#stop.abort();
    const grace = this.#pod.spec.terminationGracePeriodSeconds ?? 30;
    await this.#process?.stop(grace * 1000);
    await this.ended;
  }

  /** Ends the process at once, without grace. */
  kill(): void {
    this.#process?.kill('SIGKILL');
  }

  async #live(): Promise<void> {
    const { signal } = this.#stop;
    for (let restarts = 0; !signal.aborted; restarts++) {
      const startedAt = this.#options.now().toISOString();
      const container = await this.#start();
      if (!container) break;
      this.#set({ phase: 'Running', state: { running: { startedAt } }, restartCount: restarts, ready: false });
      void this.#probe(container);
      const exit = await container.exited;
      this.#process = undefined;
      const state: ContainerState = { terminated: terminated(exit, startedAt, this.#options.now(), this.#lastWords()) };
      const finished = this.#pod.spec.restartPolicy === 'Never' && (!signal.aborted || exit.exitCode === 0);
      if (finished) {
        this.#disrupted = undefined;
        this.#set({ phase: exit.exitCode === 0 ? 'Succeeded' : 'Failed', state, ready: false });
        return;
      }
      this.#set({ state, ready: false, lastState: state });
      if (!signal.aborted) await this.#backOff(restarts);
    }
    this.#set({ phase: 'Failed', ready: false });
  }

  /** A running container; undefined when the pod was stopped before it could start. */
  async #start(): Promise<ContainerProcess | undefined> {
    for (;;) {
      try {
        this.#port = await freePort();
        if (this.#stop.signal.aborted) return undefined;
        this.#process = new ContainerProcess(this.#options.prepare(this.#pod, this.#port));
        return this.#process;
      } catch (error) {
        if (!(error instanceof PodNotReady)) this.#options.onError(error);
        const { reason, message } =
          error instanceof PodNotReady
            ? error
            : { reason: 'CreateContainerError', message: error instanceof Error ? error.message : String(error) };
        const state = { waiting: { reason, message } };
        this.#set({ state, ...(reason === 'Unschedulable' ? { unschedulable: message } : {}) });
        if (!(await this.#pause(setupRetryMs))) return undefined;
      }
    }
  }

  async #backOff(restarts: number): Promise<void> {
    const delay = Math.min(this.#options.firstRestartMs * 2 ** restarts, this.#options.maxRestartMs);
    const message = `back-off ${delay / 1000} s before restart ${restarts + 1}`;
    this.#set({ state: { waiting: { reason: 'CrashLoopBackOff', message } } });
    await this.#pause(delay);
  }

  /** Asks the container's readiness address for as long as it runs. */
  async #probe(container: ContainerProcess): Promise<void> {
    const probe = this.#pod.spec.containers[0]?.readinessProbe;
    if (!probe) return this.#set({ ready: true });
    let misses = 0;
    const url = `http://127.0.0.1:${this.#port}${probe.httpGet.path}`;
    while (this.#process === container && !this.#stop.signal.aborted) {
      const answers = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
        (response) => response.body?.cancel().then(() => response.ok) ?? response.ok,
        () => false,
      );
      if (this.#process !== container) return;
      misses = answers ? 0 : misses + 1;
      const ready = answers || (this.#facts.ready && misses < (probe.failureThreshold ?? 3));
      if (ready !== this.#facts.ready) this.#set({ ready });
      await this.#pause(ready ? (probe.periodSeconds ?? 10) * 1000 : firstProbeMs);
    }
  }

  #set(change: Partial<PodFacts>): void {
    const { unschedulable: _before, ...facts } = this.#facts;
    this.#facts = { ...facts, ...change };
    const disrupted = this.#disrupted === undefined ? {} : { disrupted: this.#disrupted };
    this.#options.report(podStatus(this.#pod, { ...this.#facts, ...disrupted }, this.#options.now()), this.#port);
  }

  #lastWords(): string {
    return readStart(path.join(this.#options.root, terminationLog), 4096);
  }

  /** False when the pod was stopped meanwhile. */
  #pause(ms: number): Promise<boolean> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false);
      const timer = setTimeout(() => end(true), ms);
      const end = (whole: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stopped);
        resolve(whole);
      };
      const stopped = () => end(false);
      signal.addEventListener('abort', stopped);
    });
  }
}

function readStart(file: string, bytes: number): string {
  try {
    const handle = openSync(file, 'r');
    try {
      const buffer = Buffer.alloc(bytes);
      return buffer.toString('utf8', 0, readSync(handle, buffer, 0, bytes, 0)).trim();
    } finally {
      closeSync(handle);
    }
  } catch {
    return '';
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

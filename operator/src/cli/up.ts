import { setTimeout as sleep } from 'node:timers/promises';
import { apiKinds, type ApiObject } from '../cluster/kinds.ts';
import { asOperatorError, operatorErrors, OperatorError } from '../errors.ts';
import { warn, type Io } from './io.ts';
import { shortTitle } from './kind-names.ts';
import { LiveView } from './live-view.ts';
import { openLocalOperator, type LocalOperator } from './local-operator.ts';
import { readManifests, type Manifest } from './manifests.ts';
import { askSamples } from './sample-questions.ts';
import { standOf, verdict } from './verdict.ts';

export interface UpOptions {
  readonly filename?: readonly string[];
  readonly namespace: string;
  readonly port: number;
  readonly once?: boolean;
}

const manager = 'wikigpt-cli';
/** How long nothing must move before a run counts as settled: one resource's end is another one's start. */
const settleMs = 700;
const sameStopMs = 500;

/** Runs manifests on this machine until it is stopped, or with `once` until they got where they should; returns the exit code. */
export async function up(options: UpOptions, io: Io): Promise<number> {
  const run = new Run(io);
  const forget = io.onStop(() => run.requestStop());
  try {
    return await run.go(options);
  } finally {
    forget();
  }
}

class Run {
  readonly #io: Io;
  readonly #view: LiveView;
  readonly #stop = new AbortController();
  readonly #objects = new Map<string, ApiObject>();
  readonly #asked = new Set<string>();
  #operator: LocalOperator | undefined;
  #fatal: OperatorError | undefined;
  #stoppedAt: number | undefined;

  constructor(io: Io) {
    this.#io = io;
    this.#view = new LiveView(io);
  }

  /** The first request lets pods save and end; the second ends them at once. One key press may come as two signals. */
  requestStop(): void {
    const now = performance.now();
    if (this.#stoppedAt === undefined) {
      this.#stoppedAt = now;
      this.#stop.abort();
    } else if (now - this.#stoppedAt > sameStopMs) this.#operator?.kill();
  }

  async go(options: UpOptions): Promise<number> {
    const operator = await openLocalOperator(this.#io, {
      port: options.port,
      onError: (error) => this.#onError(error),
    });
    this.#operator = operator;
    let code: number = operatorErrors.Internal.exitCode;
    try {
      const manifests = await this.#load(operator, options);
      await this.#start(operator, manifests, options);
      code = await this.#work(operator, manifests, options);
    } finally {
      await this.#end(operator);
    }
    if (this.#fatal) throw this.#fatal;
    return code;
  }

  /** Everything that can be wrong is found before anything is changed. */
  async #load(operator: LocalOperator, { filename, namespace }: UpOptions): Promise<readonly Manifest[]> {
    const { cluster } = operator;
    const existing = new Map<string, ApiObject>();
    for (const kind of apiKinds) for (const object of await cluster.list(kind)) existing.set(keyOf(object), object);
    const manifests = filename
      ? readManifests(filename, namespace, (kind, place, name) => existing.get(`${kind}/${place}/${name}`))
      : [];
    if (!filename && existing.size === 0)
      throw new OperatorError('Usage', 'There is nothing to run here yet. Name manifests: wikigpt up -f FILE|FOLDER');
    const serves = [...manifests, ...existing.values()].some(({ kind }) => kind === 'ChatModel');
    if (serves) await operator.reserve();
    return manifests;
  }

  async #start(operator: LocalOperator, manifests: readonly Manifest[], { once }: UpOptions): Promise<void> {
    const { cluster } = operator;
    for (const manifest of manifests) await cluster.apply(manifest, manager);
    for (const kind of apiKinds)
      cluster.watch(kind, {}, ({ type, object }) => {
        if (type === 'Deleted') {
          this.#objects.delete(keyOf(object));
          this.#view.forget(object);
        } else {
          this.#objects.set(keyOf(object), object);
          this.#view.update(object);
        }
      });
    await operator.start();
    if (!once) return;
    const failed = [...this.#objects.values()].filter(
      (object) => object.kind !== 'ChatModel' && standOf(object) === 'failed',
    );
    for (const { kind, metadata } of failed)
      this.#view.say(
        `${shortTitle(kind, metadata.name)} failed in an earlier run; to train it again: wikigpt delete ${shortTitle(kind, metadata.name)}`,
      );
  }

  async #work(operator: LocalOperator, manifests: readonly Manifest[], { once }: UpOptions): Promise<number> {
    const { signal } = this.#stop;
    const named = new Set(manifests.map(keyOf));
    let settledAt = Infinity;
    while (!signal.aborted) {
      await sleep(100, undefined, { signal }).catch(() => undefined);
      await this.#greet(once === true);
      const all = [...this.#objects.values()];
      const objects = all.filter((object) => named.size === 0 || named.has(keyOf(object)));
      const { settled, ok, reasons } = verdict(objects, all);
      if (!settled || signal.aborted) {
        settledAt = Infinity;
        continue;
      }
      if (ok && once) return 0;
      settledAt = Math.min(settledAt, performance.now());
      if (performance.now() - settledAt < settleMs) continue;
      await operator.whenIdle();
      const serving = [...this.#objects.values()].some(
        (object) => object.kind === 'ChatModel' && object.status?.live === '100%',
      );
      if (serving && !once) continue;
      this.#view.pause();
      if (ok) return 0;
      for (const reason of reasons) warn(this.#io, reason);
      return operatorErrors.ResourceFailed.exitCode;
    }
    return once ? 130 : 0;
  }

  /** Asks each ChatModel its questions, once, when it is ready. */
  async #greet(once: boolean): Promise<void> {
    for (const chat of this.#objects.values()) {
      if (chat.kind !== 'ChatModel' || this.#asked.has(keyOf(chat)) || standOf(chat) !== 'done') continue;
      this.#asked.add(keyOf(chat));
      this.#view.pause();
      try {
        await askSamples(chat, this.#view, this.#stop.signal);
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#view.say(asOperatorError(error).message);
      }
      this.#view.say(`Chat page of ${chat.metadata.name}: ${chat.status?.url ?? ''}${once ? '' : '   (Ctrl-C stops)'}`);
      this.#view.resume();
    }
  }

  /** What trying again cannot help ends the run: a full disk, a folder that may not be written. */
  #onError(error: unknown): void {
    const found = asOperatorError(error);
    if (found.code !== 'DiskFull' && found.code !== 'PermissionDenied') return;
    this.#fatal ??= found;
    this.#stop.abort();
  }

  async #end(operator: LocalOperator): Promise<void> {
    this.#view.pause();
    const busy = [...this.#objects.values()].some((object) => standOf(object) === 'active');
    if (this.#stop.signal.aborted && !this.#fatal)
      this.#view.say(
        busy ? 'Stopping: running jobs save a checkpoint first (Ctrl-C again stops at once) …' : 'Stopping …',
      );
    await operator.stop().catch((error: unknown) => {
      this.#fatal ??= asOperatorError(error);
    });
    if (this.#stop.signal.aborted && !this.#fatal) this.#view.say('Stopped. The same command goes on from here.');
  }
}

function keyOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

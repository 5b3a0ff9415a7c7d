/** What a pass over a key asks for: to be called again after so many milliseconds, or nothing. */
export interface PassResult {
  readonly againAfterMs?: number;
}

export interface WorkQueueOptions {
  /** How many keys are worked on at once; one key never twice. */
  readonly parallel: number;
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly work: (key: string) => Promise<PassResult>;
  readonly onError: (key: string, error: unknown, retryMs: number) => void;
}

/** Keys to work on: each at most once in the queue and at most once at work, failures retried with growing delays. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  /** Keys that may wait until nothing else does: what a first list or a repeated one brings. */
  readonly #patient = new Set<string>();
  readonly #working = new Set<string>();
  readonly #timers = new Map<string, { readonly due: number; readonly timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  readonly #idleWaiters: (() => void)[] = [];
  #movedAt = performance.now();
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Keys that wait for a worker. */
  get depth(): number {
    return this.#waiting.size + this.#patient.size;
  }

  get idle(): boolean {
    return this.depth === 0 && this.#working.size === 0;
  }

  /** Milliseconds for which there has been work and none of it came to an end; 0 when idle. */
  get stalledMs(): number {
    return this.idle ? 0 : performance.now() - this.#movedAt;
  }

  /** A patient key comes after all others; when it is wished for again without patience, it no longer waits. */
  add(key: string, patient = false): void {
    if (this.#stopped) return;
    if (this.idle) this.#movedAt = performance.now();
    if (!patient) this.#patient.delete(key);
    if (!this.#waiting.has(key)) (patient ? this.#patient : this.#waiting).add(key);
    queueMicrotask(() => this.#start());
  }

  /** Adds the key later; an earlier time for the same key wins. */
  addAfter(key: string, delayMs: number): void {
    if (this.#stopped) return;
    const due = performance.now() + delayMs;
    const planned = this.#timers.get(key);
    if (planned && planned.due <= due) return;
    clearTimeout(planned?.timer);
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        this.add(key);
      },
      Math.min(Math.max(delayMs, 0), 2 ** 31 - 1),
    );
    this.#timers.set(key, { due, timer });
  }

  /** Resolves when nothing waits and nothing is at work; delayed keys do not count. */
  whenIdle(): Promise<void> {
    if (this.idle) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Takes no more keys and resolves when the work under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    this.#patient.clear();
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await this.whenIdle();
  }

  #start(): void {
    for (const keys of [this.#waiting, this.#patient])
      for (const key of keys) {
        if (this.#working.size >= this.#options.parallel) return;
        if (this.#working.has(key)) continue;
        keys.delete(key);
        this.#working.add(key);
        void this.#pass(key);
      }
  }

  async #pass(key: string): Promise<void> {
    try {
      const { againAfterMs } = await this.#options.work(key);
      this.#failures.delete(key);
      if (againAfterMs !== undefined) this.addAfter(key, againAfterMs);
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      const retryMs = Math.min(this.#options.firstBackoffMs * 2 ** failures, this.#options.maxBackoffMs);
      this.#options.onError(key, error, retryMs);
      this.addAfter(key, retryMs);
    } finally {
      this.#movedAt = performance.now();
      this.#working.delete(key);
      this.#start();
      if (this.idle) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
  }
}

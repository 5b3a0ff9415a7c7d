import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../log.ts';
import type { Kind, KindMap } from '../kinds.ts';
import type { Change, Scope } from '../port.ts';
import { ApiError, isExpired } from './api-error.ts';
import { listAll, watchFrom, type WatchEvent } from './list-watch.ts';
import type { ObjectCache } from './object-cache.ts';
import type { ObjectReader } from './object-reader.ts';
import type { RestClient } from './rest-client.ts';
import { backoffMs } from './retry.ts';

export interface ReflectorTimes {
  /** A watch in which nothing comes, not even a bookmark, for so long is opened anew. */
  readonly inactivityMs: number;
  /** The server ends a watch after a random time between this and its double. */
  readonly watchSeconds: number;
  /** After this time the list is read again, in case the watch has lost something. */
  readonly relistMs: number;
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
}

const reflectorTimes: ReflectorTimes = {
  inactivityMs: 150_000,
  watchSeconds: 300,
  relistMs: 1_800_000,
  firstBackoffMs: 100,
  maxBackoffMs: 10_000,
};

export interface ReflectorOptions<K extends Kind> {
  readonly rest: RestClient;
  readonly reader: ObjectReader;
  readonly kind: K;
  readonly scope: Scope;
  readonly cache: ObjectCache<KindMap[K]>;
  /** Hears of changes in their order; `synced` is true once the first list is whole. */
  readonly onChanges: (changes: readonly Change<KindMap[K]>[]) => void;
  readonly onSynced: () => void;
  readonly log: Logger;
  readonly random: () => number;
  readonly times?: Partial<ReflectorTimes>;
}

/** Failures in a row before they are worth a line in the log. */
const quietFailures = 3;

/** Keeps a cache like the server: reads the list once, follows the watch, and after any trouble goes on where it was. */
export class Reflector<K extends Kind> {
  readonly #options: ReflectorOptions<K>;
  readonly #times: ReflectorTimes;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  /** Where the watch goes on; undefined when the list must be read first. */
  #version: string | undefined;
  #listed = false;
  #listedAt = 0;
  #contactAt = performance.now();
  /** Ends what the loop is waiting in, the watch or a pause, so that it looks at what is wanted. */
  #nudge = new AbortController();
  readonly #wantList: (() => void)[] = [];

  constructor(options: ReflectorOptions<K>) {
    this.#options = options;
    this.#times = { ...reflectorTimes, ...options.times };
    this.#ended = this.#run();
  }

  /** Milliseconds since the server last gave a sign of life for this kind. */
  get silentMs(): number {
    return performance.now() - this.#contactAt;
  }

  /** Reads the list anew; resolves when one has come that was asked for after this call. */
  refresh(): Promise<void> {
    return new Promise((resolve) => {
      this.#wantList.push(resolve);
      this.#nudge.abort(new Error('the list is wanted'));
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ended;
    for (const resolve of this.#wantList.splice(0)) resolve();
  }

  async #run(): Promise<void> {
    const { kind, log, random } = this.#options;
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted;) {
      this.#nudge = new AbortController();
      let trouble: unknown;
      try {
        if (this.#needsList()) await this.#list();
        if (await this.#follow()) failures = 0;
        else trouble = 'the watch ended at once';
      } catch (error) {
        trouble = error;
      }
      if (signal.aborted) return;
      if (trouble === undefined || this.#nudge.signal.aborted) continue;
      if (isExpired(trouble)) this.#version = undefined;
      failures += 1;
      const fields = { kind, failures, error: trouble };
      if (failures === quietFailures) log.warn('the API server cannot be followed', fields);
      else log.debug('watch interrupted', fields);
      const { firstBackoffMs, maxBackoffMs } = this.#times;
      const asked = trouble instanceof ApiError ? (trouble.retryAfterSeconds ?? 0) * 1000 : 0;
      const delay = Math.max(asked, backoffMs(failures, firstBackoffMs, maxBackoffMs, random));
      await sleep(delay, undefined, { signal: this.#interruption() }).catch(() => undefined);
    }
  }

  #interruption(...more: AbortSignal[]): AbortSignal {
    return AbortSignal.any([this.#closing.signal, this.#nudge.signal, ...more]);
  }

  #needsList(): boolean {
    if (this.#version === undefined || this.#wantList.length > 0) return true;
    return performance.now() - this.#listedAt > this.#times.relistMs;
  }

  async #list(): Promise<void> {
    const { rest, reader, kind, scope, cache, onChanges, onSynced } = this.#options;
    const wanted = this.#wantList.splice(0);
    const { items, version } = await listAll(rest, kind, scope, reader, this.#closing.signal).catch(
      (error: unknown) => {
        this.#wantList.push(...wanted);
        throw error;
      },
    );
    this.#contactAt = performance.now();
    this.#listedAt = this.#contactAt;
    this.#version = version;
    onChanges(cache.replace(items, version));
    if (!this.#listed) onSynced();
    this.#listed = true;
    for (const resolve of wanted) resolve();
  }

  /** Follows one watch to its end; true when it was of use. */
  async #follow(): Promise<boolean> {
    const { rest, reader, kind, scope, random } = this.#options;
    const { inactivityMs, watchSeconds } = this.#times;
    const cut = new AbortController();
    const startedAt = performance.now();
    const silence = setTimeout(() => cut.abort(new Error(`nothing came for ${inactivityMs} ms`)), inactivityMs);
    let heard = false;
    try {
      const batches = watchFrom(rest, kind, scope, {
        reader,
        version: this.#version,
        timeoutSeconds: Math.round(watchSeconds * (1 + random())),
        signal: this.#interruption(cut.signal),
        onContact: () => {
          this.#contactAt = performance.now();
          silence.refresh();
        },
      });
      for await (const events of batches) {
        heard = true;
        this.#take(events);
      }
    } catch (error) {
      // A cut after news is an ordinary end: the next watch goes on from the last version at once.
      if (!heard || isExpired(error)) throw error;
    } finally {
      clearTimeout(silence);
    }
    return heard || performance.now() - startedAt > 1_000;
  }

  #take(events: readonly WatchEvent<KindMap[K]>[]): void {
    const { cache, onChanges } = this.#options;
    const changes = events.flatMap((event) => {
      if (event.type === 'BOOKMARK') {
        cache.passed(event.version);
        this.#version = event.version ?? this.#version;
        return [];
      }
      this.#version = event.object.metadata.resourceVersion ?? this.#version;
      return cache.observe(event.type, event.object);
    });
    if (changes.length > 0) onChanges(changes);
  }
}

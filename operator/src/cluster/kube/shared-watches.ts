import type { Logger } from '../../log.ts';
import { keyOf, keyText, type AnyObject, type Kind, type KindMap } from '../kinds.ts';
import type { Change, Scope, Watch } from '../port.ts';
import { ObjectCache } from './object-cache.ts';
import type { ObjectReader } from './object-reader.ts';
import { isInScope, scopeCovers, scopeText } from './paths.ts';
import { Reflector, type ReflectorTimes } from './reflector.ts';
import type { RestClient } from './rest-client.ts';

export interface SharedWatchesOptions {
  readonly rest: RestClient;
  readonly reader: ObjectReader;
  readonly log: Logger;
  readonly random: () => number;
  readonly times?: Partial<ReflectorTimes>;
}

/** How long the server has given no sign of life for a kind. */
export interface WatchHealth {
  readonly kind: Kind;
  readonly synced: boolean;
  readonly silentMs: number;
  readonly objects: number;
}

type Listener = (change: Change<AnyObject>) => void;

/** One list and watch, with all who use it. */
export interface SharedWatch {
  readonly kind: Kind;
  readonly scope: Scope;
  readonly cache: ObjectCache<AnyObject>;
  readonly synced: Promise<void>;
  readonly isSynced: () => boolean;
}

interface Entry extends SharedWatch {
  readonly reflector: Reflector<Kind>;
  readonly listeners: Set<Listener>;
}

/** One list and watch for each kind and scope, however many look: all readers see the same cache. */
export class SharedWatches {
  readonly #options: SharedWatchesOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: SharedWatchesOptions) {
    this.#options = options;
  }

  watch<K extends Kind>(kind: K, scope: Scope, onChange: (change: Change<KindMap[K]>) => void): Watch {
    const entry = (this.covering(kind, scope) as Entry | undefined) ?? this.#open(kind, scope);
    const isWhole = scopeText(kind, scope) === scopeText(kind, entry.scope);
    const listener = isWhole ? (onChange as Listener) : within(scope, onChange as Listener);
    let open = true;
    // After the call that opened the watch, never within it, and before anything that the watch tells later.
    queueMicrotask(() => {
      if (!open) return;
      for (const object of entry.cache.observed()) this.#tell(listener, { type: 'Added', object });
      entry.listeners.add(listener);
    });
    const holder: Listener = () => undefined;
    entry.listeners.add(holder);
    return {
      synced: entry.synced,
      close: () => {
        open = false;
        entry.listeners.delete(listener);
        entry.listeners.delete(holder);
        if (entry.listeners.size === 0) this.#close(entry);
      },
    };
  }

  /** A list and watch that is open and sees everything in the scope. */
  covering(kind: Kind, scope: Scope): SharedWatch | undefined {
    const same = this.#entries.get(scopeText(kind, scope));
    return same ?? [...this.#entries.values()].find((each) => each.kind === kind && scopeCovers(each.scope, scope));
  }

  /** Every open list and watch of a kind. */
  of(kind: Kind): SharedWatch[] {
    return [...this.#entries.values()].filter((each) => each.kind === kind);
  }

  /** Tells every cache that it concerns what this process has written. */
  wrote(object: AnyObject): void {
    for (const { scope, cache } of this.of(object.kind)) if (isInScope(object, scope)) cache.wrote(object);
  }

  health(): WatchHealth[] {
    return [...this.#entries.values()].map(({ kind, reflector, cache, isSynced }) => ({
      kind,
      synced: isSynced(),
      silentMs: reflector.silentMs,
      objects: cache.size,
    }));
  }

  /** Reads every open list anew, so that nothing older than this call is seen after it. */
  async refresh(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ reflector }) => reflector.refresh()));
  }

  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(({ reflector }) => reflector.close()));
  }

  #open(kind: Kind, scope: Scope): Entry {
    const { promise: synced, resolve } = Promise.withResolvers<void>();
    const cache = new ObjectCache<AnyObject>();
    const listeners = new Set<Listener>();
    let isSynced = false;
    const reflector = new Reflector<Kind>({
      ...this.#options,
      kind,
      scope,
      cache,
      onChanges: (changes) => {
        for (const change of changes) for (const listener of listeners) this.#tell(listener, change);
      },
      onSynced: () => {
        isSynced = true;
        resolve();
      },
    });
    const entry: Entry = { kind, scope, cache, synced, isSynced: () => isSynced, reflector, listeners };
    this.#entries.set(scopeText(kind, scope), entry);
    return entry;
  }

  #close(entry: Entry): void {
    const text = scopeText(entry.kind, entry.scope);
    if (this.#entries.get(text) === entry) this.#entries.delete(text);
    void entry.reflector.close();
  }

  /** A listener that fails must not end the watch for the others, nor the process. */
  #tell(listener: Listener, change: Change<AnyObject>): void {
    try {
      listener(change);
    } catch (error) {
      this.#options.log.error('a watcher failed', { object: keyText(keyOf(change.object)), error });
    }
  }
}

/** What of a wider watch is news to somebody who looks at less: labels move an object in and out of a scope. */
function within(scope: Scope, onChange: Listener): Listener {
  const inside = new Set<string>();
  return ({ type, object }) => {
    const key = keyText(keyOf(object));
    const belongs = type !== 'Deleted' && isInScope(object, scope);
    const known = inside.has(key);
    if (belongs) inside.add(key);
    else inside.delete(key);
    if (belongs) onChange({ type: known ? 'Modified' : 'Added', object });
    else if (known) onChange({ type: 'Deleted', object });
  };
}

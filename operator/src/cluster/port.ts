import type { AnyObject, Kind, KindMap, ObjectKey } from './kinds.ts';
import type { Labels, ObjectReference } from './objects.ts';

/** Which objects of a kind: all namespaces and all labels unless narrowed. */
export interface Scope {
  readonly namespace?: string;
  readonly labels?: Labels;
}

export interface Change<T> {
  readonly type: 'Added' | 'Modified' | 'Deleted';
  readonly object: T;
}

export interface Watch {
  /** Resolves when every object that existed at the start has been delivered. */
  readonly synced: Promise<void>;
  close(): void;
}

export interface EventDraft {
  readonly regarding: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Who presented a token: the pod it was projected into. */
export interface TokenOwner {
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
}

export interface LogOptions {
  readonly tailLines?: number;
  readonly follow?: boolean;
  /** The run before the last restart of the container. */
  readonly previous?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * What the operator needs of a cluster. `cluster/local` has it without one, `cluster/kube` on an API server; both pass
 * the same conformance cases. Objects that it returns are never to be changed.
 */
export interface Cluster {
  get<K extends Kind>(kind: K, namespace: string, name: string): Promise<KindMap[K] | undefined>;
  list<K extends Kind>(kind: K, scope?: Scope): Promise<readonly KindMap[K][]>;
  /** Delivers the objects that exist as Added, then every change, in order for each object, at least once. */
  watch<K extends Kind>(kind: K, scope: Scope, onChange: (change: Change<KindMap[K]>) => void): Watch;
  /** Server-side apply, forced: the fields in `object` become `manager`'s, those it no longer names are given up. */
  apply<T extends AnyObject>(object: T, manager: string): Promise<T>;
  /**
   * Server-side apply to the status alone; nothing is written when nothing changes. Undefined when the object is gone, or
   * is another one than `uid` says.
   */
  patchStatus<K extends Kind>(
    key: ObjectKey & { readonly kind: K; readonly uid?: string },
    status: NonNullable<StatusOf<K>>,
    manager: string,
  ): Promise<KindMap[K] | undefined>;
  /** Deletes the object (only the one with `uid` when given) and, in the background, what it owns. Absent is fine. */
  remove(key: ObjectKey, uid?: string): Promise<void>;
  /** Records an event; the same event again raises its count. */
  recordEvent(event: EventDraft): Promise<void>;
  /** The pod that a projected token belongs to; undefined for a token that is unknown, expired or for another audience. */
  reviewToken(token: string, audience: string): Promise<TokenOwner | undefined>;
  /** The container's log, piece by piece. */
  logs(namespace: string, pod: string, options?: LogOptions): AsyncIterable<string>;
}

export type StatusOf<K extends Kind> = KindMap[K] extends { readonly status?: infer S } ? S : never;

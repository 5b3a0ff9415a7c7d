import { isDeepStrictEqual } from 'node:util';
import { OperatorError } from '../../errors.ts';
import { keyOf, keyText, kinds, type AnyObject, type Kind, type KindMap, type ObjectKey } from '../kinds.ts';
import type { Change, Scope } from '../port.ts';
import { applyFields, type FieldOwner, type FieldWriter } from './field-ownership.ts';
import { readObjectFiles, removeObjectFile, writeObjectFile, type StoredObject } from './object-files.ts';

export interface StoreOptions {
  readonly folder: string;
  readonly now: () => Date;
  readonly uid: () => string;
  /** Refuses a new or changed object by throwing. */
  readonly admit?: (next: AnyObject, previous: AnyObject | undefined) => void;
  /** Whether something ends the processes of pods: then a removed pod is only marked until `finish`. */
  readonly gracefulPods: boolean;
}

type Listener = (change: Change<AnyObject>) => void;

/**
 * The objects of a cluster without one: kept in memory and in files, changed by server-side apply, with resource
 * versions, generations and removal of what an object owned. One process at a time may write (see lock.ts).
 */
export class ObjectStore {
  readonly #options: StoreOptions;
  readonly #stored = new Map<string, StoredObject>();
  readonly #uids = new Set<string | undefined>();
  readonly #listeners = new Set<Listener>();
  readonly #untold: Change<AnyObject>[] = [];
  #telling = false;
  #version = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
    for (const stored of readObjectFiles(options.folder)) {
      this.#stored.set(keyText(keyOf(stored.object)), freeze(stored));
      this.#uids.add(stored.object.metadata.uid);
      this.#version = Math.max(this.#version, Number(stored.object.metadata.resourceVersion ?? 0));
    }
  }

  get<K extends Kind>(kind: K, namespace: string, name: string): KindMap[K] | undefined {
    return this.#stored.get(keyText({ kind, namespace, name }))?.object as KindMap[K] | undefined;
  }

  list<K extends Kind>(kind: K, scope: Scope = {}): KindMap[K][] {
    const found: KindMap[K][] = [];
    for (const { object } of this.#stored.values())
      if (object.kind === kind && inScope(object, scope)) found.push(object as KindMap[K]);
    return found;
  }

  /** Calls `listener` with every later change, in the order of the changes. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  apply<T extends AnyObject>(object: T, manager: string): T {
    const { status, ...fields } = object as T & { status?: unknown };
    const { name, namespace, labels, annotations, ownerReferences } = object.metadata;
    const metadata = without({ labels, annotations, ownerReferences });
    const wanted = kinds[object.kind].statusSubresource || status === undefined ? fields : { ...fields, status };
    return this.#write({ kind: object.kind, namespace, name }, { ...wanted, metadata }, { manager }) as T;
  }

  patchStatus<K extends Kind>(
    key: ObjectKey & { kind: K; uid?: string },
    status: object,
    manager: string,
  ): KindMap[K] | undefined {
    const stored = this.#stored.get(keyText(key));
    if (!stored || (key.uid !== undefined && stored.object.metadata.uid !== key.uid)) return undefined;
    return this.#write(key, { status }, { manager, subresource: 'status' }) as KindMap[K];
  }

  /** Sets annotations that the node owns. */
  annotate(key: ObjectKey, annotations: Readonly<Record<string, string>>): void {
    if (this.#stored.has(keyText(key))) this.#write(key, { metadata: { annotations } }, { manager: 'node' });
  }

  /** Writes an object whole, without field ownership: for kinds that only the cluster writes. */
  put(object: AnyObject): void {
    const previous = this.#stored.get(keyText(keyOf(object)))?.object;
    this.#save(this.#stamp(object, previous), [], previous);
  }

  remove(key: ObjectKey, uid?: string): void {
    const stored = this.#stored.get(keyText(key));
    if (!stored || (uid !== undefined && stored.object.metadata.uid !== uid)) return;
    if (key.kind === 'Pod' && this.#options.gracefulPods) {
      const { metadata } = stored.object;
      if (metadata.deletionTimestamp !== undefined) return;
      const marked = { ...metadata, deletionTimestamp: this.#options.now().toISOString() };
      this.#save({ ...stored.object, metadata: { ...marked, ...this.#next() } }, stored.owners, stored.object);
      return;
    }
    this.finish(key);
  }

  /** Removes an object at once, and then what it owned. */
  finish(key: ObjectKey): void {
    const stored = this.#stored.get(keyText(key));
    if (!stored) return;
    removeObjectFile(this.#options.folder, key);
    this.#stored.delete(keyText(key));
    this.#uids.delete(stored.object.metadata.uid);
    this.#tell({ type: 'Deleted', object: stored.object });
    const owner = stored.object.metadata.uid;
    for (const child of [...this.#stored.values()].map((each) => each.object))
      if (child.metadata.ownerReferences?.some(({ uid }) => uid === owner)) this.remove(keyOf(child));
  }

  /** Removes every object whose owners are all gone: what a crash between two removals left behind. */
  collectGarbage(): void {
    for (const { object } of this.#stored.values()) if (this.#isOrphan(object)) this.remove(keyOf(object));
  }

  #write(key: ObjectKey, fields: object, writer: FieldWriter): AnyObject {
    const stored = this.#stored.get(keyText(key));
    const base = stored?.object ?? { metadata: { namespace: key.namespace, name: key.name } };
    const applied = applyFields({ ...base }, stored?.owners ?? [], asJson(fields), writer);
    const value = applied.value as unknown as AnyObject;
    if (stored && isDeepStrictEqual(value, stored.object) && sameOwners(applied.owners, stored.owners))
      return stored.object;
    if (writer.subresource === undefined) {
      refuseImmutable(value, stored?.object);
      this.#options.admit?.(value, stored?.object);
    }
    const next = this.#stamp(value, stored?.object);
    this.#save(next, applied.owners, stored?.object);
    // Its owner may have gone since the writer looked.
    if (!stored && this.#isOrphan(next)) this.remove(key);
    return next;
  }

  #isOrphan({ metadata: { ownerReferences = [] } }: AnyObject): boolean {
    return ownerReferences.length > 0 && !ownerReferences.some(({ uid }) => this.#uids.has(uid));
  }

  #next() {
    this.#version += 1;
    return { resourceVersion: String(this.#version) };
  }

  #stamp(object: AnyObject, previous: AnyObject | undefined): AnyObject {
    const { uid, creationTimestamp, generation = 0 } = previous?.metadata ?? {};
    const changed = !isDeepStrictEqual(desired(object), previous && desired(previous));
    const metadata = {
      ...object.metadata,
      uid: uid ?? this.#options.uid(),
      creationTimestamp: creationTimestamp ?? this.#options.now().toISOString(),
      generation: changed ? generation + 1 : generation,
      ...this.#next(),
    };
    return { ...object, metadata };
  }

  #save(object: AnyObject, owners: readonly FieldOwner[], previous: AnyObject | undefined): void {
    const stored = freeze({ object, owners });
    writeObjectFile(this.#options.folder, stored);
    this.#stored.set(keyText(keyOf(object)), stored);
    this.#uids.add(object.metadata.uid);
    this.#tell({ type: previous === undefined ? 'Added' : 'Modified', object });
  }

  /** A listener may change objects itself: those changes wait until all have heard of this one. */
  #tell(change: Change<AnyObject>): void {
    this.#untold.push(change);
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#untold.shift(); next; next = this.#untold.shift())
        for (const listener of this.#listeners) listener(next);
    } finally {
      this.#telling = false;
    }
  }
}

/** Whether an object is within a scope. */
export function inScope(object: AnyObject, { namespace, labels }: Scope): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  return Object.entries(labels ?? {}).every(([name, value]) => object.metadata.labels?.[name] === value);
}

/** What `generation` counts the changes of: everything but metadata and status. */
function desired(object: AnyObject): object {
  const { metadata: _metadata, status: _status, ...rest } = object as AnyObject & { status?: unknown };
  return rest;
}

function refuseImmutable(next: AnyObject, previous: AnyObject | undefined): void {
  if (next.kind !== 'Job' || previous?.kind !== 'Job') return;
  if (!isDeepStrictEqual(next.spec.template, previous.spec.template))
    throw new OperatorError(
      'SpecImmutable',
      `spec.template of Job ${next.metadata.name} cannot change once it exists: remove the Job first.`,
    );
}

function sameOwners(one: readonly FieldOwner[], other: readonly FieldOwner[]): boolean {
  const text = (owners: readonly FieldOwner[]) =>
    owners.map((owner) => JSON.stringify([owner.manager, owner.subresource, [...owner.paths].sort()])).sort();
  return isDeepStrictEqual(text(one), text(other));
}

/** The value as its file will hold it: without undefined members. */
function asJson(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}

function without<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) freeze(child);
  }
  return value;
}

import type { AnyObject } from '../kinds.ts';
import type { Change, Scope } from '../port.ts';
import { ObjectIndex } from './object-index.ts';
import { compareVersions, isNewer } from './resource-version.ts';

/**
 * What a list and watch have told, and on top of it what this process itself has written and the watch has not told yet:
 * a reader sees its own writes at once, and nobody sees an object go back in time.
 */
export class ObjectCache<T extends AnyObject> {
  /** What the watch told, for telling an addition from a change. */
  readonly #observed = new ObjectIndex<T>();
  /** What readers see. */
  readonly #current = new ObjectIndex<T>();
  /** Uids of objects that were deleted by this process while the watch still shows them. */
  readonly #removed = new Set<string>();
  #version: string | undefined;

  get size(): number {
    return this.#current.size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#current.get(namespace, name);
  }

  list(scope: Scope = {}): T[] {
    return this.#current.list(scope);
  }

  /** What the watch has told so far. */
  observed(): T[] {
    return this.#observed.list();
  }

  /** Takes a whole list and says what it changed. */
  replace(items: readonly T[], version: string | undefined): Change<T>[] {
    const uids = new Set(items.map(({ metadata }) => metadata.uid));
    const names = new Set(items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
    const gone = this.observed().filter(({ metadata }) => !names.has(`${metadata.namespace}/${metadata.name}`));
    const changes: Change<T>[] = gone.map((object) => this.#forget(object));
    for (const uid of this.#removed) if (!uids.has(uid)) this.#removed.delete(uid);
    for (const object of items) {
      const before = this.#observed.get(object.metadata.namespace, object.metadata.name);
      if (before && before.metadata.uid === object.metadata.uid && sameVersion(before, object)) continue;
      if (before && before.metadata.uid !== object.metadata.uid) changes.push(this.#forget(before));
      changes.push(this.#learn(object));
    }
    for (const { metadata } of this.#current.list())
      if (!names.has(`${metadata.namespace}/${metadata.name}`) && !isNewer(metadata.resourceVersion, version))
        this.#current.delete(metadata.namespace, metadata.name);
    this.#version = version;
    return changes;
  }

  /** Takes one event of the watch and says what it changed. */
  observe(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): Change<T>[] {
    this.passed(object.metadata.resourceVersion);
    const before = this.#observed.get(object.metadata.namespace, object.metadata.name);
    if (type === 'DELETED') return before ? [this.#forget(object)] : [];
    if (before && isNewer(before.metadata.resourceVersion, object.metadata.resourceVersion)) return [];
    const recreated = before !== undefined && before.metadata.uid !== object.metadata.uid;
    return [...(recreated ? [this.#forget(before)] : []), this.#learn(object)];
  }

  /** The watch has told everything up to this version. */
  passed(version: string | undefined): void {
    if (this.#version === undefined || isNewer(version, this.#version)) this.#version = version;
  }

  /** Takes what the API server answered to a write; what the watch has already gone past is left alone. */
  wrote(object: T): void {
    const { namespace, name, uid, resourceVersion } = object.metadata;
    if (!isNewer(resourceVersion, this.#version) || this.#removed.has(uid ?? '')) return;
    const now = this.#current.get(namespace, name);
    if (now && !isNewer(resourceVersion, now.metadata.resourceVersion)) return;
    this.#current.set(object);
  }

  /** Takes that an object was deleted for good. */
  removed(namespace: string, name: string, uid: string): void {
    const now = this.#current.get(namespace, name);
    if (now?.metadata.uid !== uid) return;
    this.#current.delete(namespace, name);
    this.#removed.add(uid);
  }

  #learn(object: T): Change<T> {
    const { namespace, name, uid, resourceVersion } = object.metadata;
    const isNew = this.#observed.get(namespace, name) === undefined;
    this.#observed.set(object);
    const now = this.#current.get(namespace, name);
    const behind = now !== undefined && isNewer(now.metadata.resourceVersion, resourceVersion);
    if (!behind && !this.#removed.has(uid ?? '')) this.#current.set(object);
    return { type: isNew ? 'Added' : 'Modified', object };
  }

  #forget(object: T): Change<T> {
    const { namespace, name, uid } = object.metadata;
    this.#observed.delete(namespace, name);
    this.#removed.delete(uid ?? '');
    if (this.#current.get(namespace, name)?.metadata.uid === uid) this.#current.delete(namespace, name);
    return { type: 'Deleted', object };
  }
}

function sameVersion(one: AnyObject, other: AnyObject): boolean {
  const [a, b] = [one.metadata.resourceVersion, other.metadata.resourceVersion];
  return a === b || compareVersions(a, b) === 0;
}

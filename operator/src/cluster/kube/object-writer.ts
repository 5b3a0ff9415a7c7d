import { covers } from '../../covers.ts';
import { keyText, kinds, type AnyObject, type Kind, type KindMap, type ObjectKey } from '../kinds.ts';
import type { StatusOf } from '../port.ts';
import { isStatus, type ApiStatus } from './api-error.ts';
import type { AppliedStatus } from './applied-status.ts';
import type { Fence } from './fence.ts';
import type { KeyedTurns } from '../../keyed-turns.ts';
import type { ObjectReader } from './object-reader.ts';
import { objectPath } from './paths.ts';
import type { Call, RestClient } from './rest-client.ts';
import type { SharedWatches } from './shared-watches.ts';

export interface ObjectWriterOptions {
  readonly rest: RestClient;
  readonly reader: ObjectReader;
  readonly watches: SharedWatches;
  readonly applied: AppliedStatus;
  readonly turns: KeyedTurns;
  readonly fence?: Fence;
}

type StatusKey<K extends Kind> = ObjectKey & { readonly kind: K; readonly uid?: string };

const applyPatch = 'application/apply-patch+yaml';
/** How often a status is tried again because the object has changed meanwhile. */
const statusAttempts = 8;

/** Writes by server-side apply and tells the caches at once, so that who has written reads what was written. */
export class ObjectWriter {
  readonly #options: ObjectWriterOptions;

  constructor(options: ObjectWriterOptions) {
    this.#options = options;
  }

  async apply<T extends AnyObject>(object: T, manager: string): Promise<T> {
    const { kind, metadata } = object;
    const { status, ...fields } = object as T & { status?: unknown };
    const { name, namespace, labels, annotations, ownerReferences } = metadata;
    const wanted = kinds[kind].statusSubresource || status === undefined ? fields : { ...fields, status };
    const body = { ...wanted, metadata: { name, namespace, labels, annotations, ownerReferences } };
    return this.#written(
      kind,
      await this.#call<T>({
        method: 'PATCH',
        path: objectPath(kind, namespace, name),
        query: { fieldManager: manager, force: true },
        contentType: applyPatch,
        accept: this.#options.reader.accept(kind),
        body,
      }),
    );
  }

  /** Writers of one status take turns, so that each begins with the version that the one before it has made. */
  patchStatus<K extends Kind>(
    key: StatusKey<K>,
    status: NonNullable<StatusOf<K>>,
    manager: string,
  ): Promise<KindMap[K] | undefined> {
    return this.#options.turns.take(keyText(key), () => this.#patchStatus(key, status, manager));
  }

  async #patchStatus<K extends Kind>(
    key: StatusKey<K>,
    status: NonNullable<StatusOf<K>>,
    manager: string,
  ): Promise<KindMap[K] | undefined> {
    const { kind, namespace, name, uid } = key;
    const { applied } = this.#options;
    let seen = this.#cached(kind, namespace, name);
    const seenUid = seen?.metadata.uid;
    if (seen && seenUid !== undefined && (uid ?? seenUid) === seenUid && applied.isSame(seenUid, manager, status))
      if (covers((seen as { status?: object }).status ?? {}, status)) return seen as KindMap[K];
    for (let attempt = 1; ; attempt++) {
      // A patch of a status is not held against the uid in it, so it is held against the version that had this uid.
      if (uid !== undefined && (seen === undefined || seen.metadata.uid !== uid)) seen = await this.#read(key);
      if (uid !== undefined && seen?.metadata.uid !== uid) return undefined;
      const resourceVersion = uid === undefined ? undefined : seen?.metadata.resourceVersion;
      try {
        const written = await this.#call<KindMap[K]>({
          method: 'PATCH',
          path: objectPath(kind, namespace, name, 'status'),
          query: { fieldManager: manager, force: true },
          contentType: applyPatch,
          body: { apiVersion: kinds[kind].apiVersion, kind, metadata: { name, namespace, resourceVersion }, status },
        });
        applied.remember(written.metadata.uid ?? '', manager, status);
        return this.#written(kind, written);
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        if (!isStatus(error, 409) || attempt === statusAttempts) throw error;
        seen = undefined;
      }
    }
  }

  async remove({ kind, namespace, name }: ObjectKey, uid?: string): Promise<void> {
    const before = this.#cached(kind, namespace, name)?.metadata.uid;
    try {
      const answer = await this.#call<ApiStatus | AnyObject>({
        method: 'DELETE',
        path: objectPath(kind, namespace, name),
        body: {
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          propagationPolicy: 'Background',
          ...(uid === undefined ? {} : { preconditions: { uid } }),
        },
      });
      // With finalizers or a grace period the object is still there, marked; without, the answer is a mere Status.
      if (answer.kind === 'Status') this.#gone({ kind, namespace, name }, answer.details?.uid ?? uid ?? before);
      else if (isMarked(answer)) this.#written(kind, answer);
      else this.#gone({ kind, namespace, name }, answer.metadata.uid);
    } catch (error) {
      if (isStatus(error, 404) || isOtherUid(error, uid)) return;
      throw error;
    }
  }

  async #read<K extends Kind>({ kind, namespace, name }: ObjectKey & { readonly kind: K }) {
    try {
      const path = objectPath(kind, namespace, name);
      const { rest, reader } = this.#options;
      return reader.read(kind, await rest.json<object>({ method: 'GET', path, accept: reader.accept(kind) }));
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  #call<T>(call: Call): Promise<T> {
    const { rest, fence } = this.#options;
    return rest.json<T>({ ...call, ...(fence ? { fence } : {}) });
  }

  #cached(kind: Kind, namespace: string, name: string): AnyObject | undefined {
    for (const { cache } of this.#options.watches.of(kind)) {
      const found = cache.get(namespace, name);
      if (found) return found;
    }
    return undefined;
  }

  #written<T extends AnyObject>(kind: Kind, raw: T): T {
    const object = this.#options.reader.read(kind, raw) as T;
    this.#options.watches.wrote(object);
    return object;
  }

  #gone({ kind, namespace, name }: ObjectKey, uid: string | undefined): void {
    if (uid !== undefined) for (const { cache } of this.#options.watches.of(kind)) cache.removed(namespace, name, uid);
  }
}

function isMarked(object: AnyObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** Whether the object is gone and another one has its name. */
function isOtherUid(error: unknown, uid: string | undefined): boolean {
  return uid !== undefined && isStatus(error, 409) && /\buid\b/i.test((error as Error).message);
}

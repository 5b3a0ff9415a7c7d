import type { Kind, KindMap } from '../kinds.ts';
import type { Scope } from '../port.ts';
import { ApiError, isExpired, type ApiStatus } from './api-error.ts';
import { LineSplitter } from './line-splitter.ts';
import type { ObjectReader } from './object-reader.ts';
import { collectionPath, labelSelector } from './paths.ts';
import type { RestClient } from './rest-client.ts';

export interface Listed<T> {
  readonly items: readonly T[];
  readonly version: string | undefined;
}

/** One line of a watch: a change, or a bookmark that says how far the watch has come. */
export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly version: string | undefined };

interface Page {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly object[];
}

const pageSize = 500;

/** All objects of a kind in a scope, page by page; one that expired on the way is read again whole. */
export async function listAll<K extends Kind>(
  rest: RestClient,
  kind: K,
  scope: Scope,
  reader: ObjectReader,
  signal?: AbortSignal,
): Promise<Listed<KindMap[K]>> {
  try {
    return await listPages(rest, kind, scope, reader, pageSize, signal);
  } catch (error) {
    if (!isExpired(error)) throw error;
    return listPages(rest, kind, scope, reader, undefined, signal);
  }
}

async function listPages<K extends Kind>(
  rest: RestClient,
  kind: K,
  { namespace, labels }: Scope,
  reader: ObjectReader,
  limit: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Listed<KindMap[K]>> {
  const items: KindMap[K][] = [];
  let next: string | undefined;
  let version: string | undefined;
  do {
    const page: Page = await rest.json<Page>({
      method: 'GET',
      path: collectionPath(kind, namespace),
      query: { limit, continue: next, labelSelector: labelSelector(labels) },
      accept: reader.accept(kind, true),
      ...(signal ? { signal } : {}),
    });
    for (const item of page.items ?? []) items.push(reader.read(kind, item));
    version = page.metadata?.resourceVersion;
    next = page.metadata?.continue || undefined;
  } while (next !== undefined);
  return { items, version };
}

export interface WatchRequest {
  readonly reader: ObjectReader;
  readonly version: string | undefined;
  /** After this time the server ends the watch. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** Called for every sign of life. */
  readonly onContact: () => void;
}

/** Changes after a version, until the watch ends; throws ApiError when the server says that it cannot go on. */
export async function* watchFrom<K extends Kind>(
  rest: RestClient,
  kind: K,
  { namespace, labels }: Scope,
  { reader, version, timeoutSeconds, signal, onContact }: WatchRequest,
): AsyncGenerator<readonly WatchEvent<KindMap[K]>[]> {
  const path = collectionPath(kind, namespace);
  const body = await rest.stream({
    method: 'GET',
    path,
    query: {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: version,
      timeoutSeconds,
      labelSelector: labelSelector(labels),
    },
    accept: reader.accept(kind),
    signal,
  });
  onContact();
  const lines = new LineSplitter();
  for await (const chunk of body) {
    onContact();
    const events = lines.push(chunk as Buffer).map((line) => readEvent(kind, path, reader, line));
    if (events.length > 0) yield events;
  }
}

function readEvent<K extends Kind>(kind: K, path: string, reader: ObjectReader, line: string): WatchEvent<KindMap[K]> {
  const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: object };
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: reader.read(kind, object) };
    case 'BOOKMARK':
      return { type, version: (object as Page).metadata?.resourceVersion };
    default: {
      const status = object as ApiStatus;
      throw new ApiError(`watch ${path}`, status.code ?? 500, status);
    }
  }
}

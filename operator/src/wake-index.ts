import type { AnyObject } from './cluster/kinds.ts';
import type { Queries, Query } from './controllers/controller.ts';

/**
 * Who looked at what: since a decision says which objects it looked at, a change to any of them finds the decisions to
 * make again, without a list of "this kind wakes that kind".
 */
export class WakeIndex {
  /** Most objects have one looker, for which a set would be the most of what is kept. */
  readonly #lookers = new Map<string, string | Set<string>>();
  readonly #looksOf = new Map<string, readonly string[]>();

  /** Replaces what `key`, an object in `namespace`, looks at. */
  set(key: string, namespace: string, queries: Queries): void {
    this.delete(key);
    const looks = listQueries(queries).map((query) => lookOf(namespace, query));
    this.#looksOf.set(key, looks);
    for (const look of looks) {
      const lookers = this.#lookers.get(look);
      if (lookers === undefined) this.#lookers.set(look, key);
      else if (typeof lookers !== 'string') lookers.add(key);
      else if (lookers !== key) this.#lookers.set(look, new Set([lookers, key]));
    }
  }

  delete(key: string): void {
    for (const look of this.#looksOf.get(key) ?? []) {
      const lookers = this.#lookers.get(look);
      if (typeof lookers === 'object') lookers.delete(key);
      if (lookers === key || (typeof lookers === 'object' && lookers.size === 0)) this.#lookers.delete(look);
    }
    this.#looksOf.delete(key);
  }

  /** The keys that look at the object, by its name or by one of its labels. */
  lookersAt({ kind, metadata: { namespace, name, labels = {} } }: AnyObject): ReadonlySet<string> {
    const looks = [
      nameLook(kind, namespace, name),
      ...Object.entries(labels).map(([label, value]) => labelLook(kind, namespace, label, value)),
    ];
    const found = new Set<string>();
    for (const look of looks) {
      const lookers = this.#lookers.get(look);
      if (typeof lookers === 'string') found.add(lookers);
      else for (const key of lookers ?? []) found.add(key);
    }
    return found;
  }
}

/** Single queries, without the names that are left empty. */
export function listQueries(queries: Queries): Query[] {
  return Object.values(queries)
    .flatMap((query) => (query === undefined ? [] : query) as Query | Query[])
    .filter((query) => !('name' in query) || query.name !== '');
}

function lookOf(namespace: string, query: Query): string {
  return 'name' in query
    ? nameLook(query.kind, namespace, query.name)
    : labelLook(query.kind, namespace, query.label[0], query.label[1]);
}

const nameLook = (kind: string, namespace: string, name: string) => `${kind} ${namespace}/${name}`;
const labelLook = (kind: string, namespace: string, label: string, value: string) =>
  `${kind} ${namespace} ${label}=${value}`;

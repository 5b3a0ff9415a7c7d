/** Server-side apply on plain JSON: which writer owns which leaf, so that a writer can take back what it no longer says. */

export interface FieldOwner {
  readonly manager: string;
  /** 'status' for writes to the status, absent for the rest. */
  readonly subresource?: 'status';
  /** Paths of leaves as JSON arrays of keys; lists and empty maps count as leaves, conditions as one leaf a type. */
  readonly paths: readonly string[];
}

export interface FieldWriter {
  readonly manager: string;
  readonly subresource?: 'status';
}

type Json = Readonly<Record<string, unknown>>;

/** The object after `writer` applied `fields` with force, and who owns what from then on. */
export function applyFields(
  current: Json,
  owners: readonly FieldOwner[],
  fields: Json,
  writer: FieldWriter,
): { readonly value: Json; readonly owners: readonly FieldOwner[] } {
  const isWriter = (owner: FieldOwner) => owner.manager === writer.manager && owner.subresource === writer.subresource;
  const before = keyed(current);
  const wanted = keyed(fields);
  const paths = leafPaths(wanted);
  const named = new Set(paths);
  const others = owners.filter((owner) => !isWriter(owner));
  const keptByOthers = new Set(others.flatMap((owner) => owner.paths));
  const givenUp = (owners.find(isWriter)?.paths ?? []).filter((path) => !named.has(path) && !keptByOthers.has(path));

  const value = structuredClone(before) as Record<string, unknown>;
  for (const path of givenUp) unset(value, parsePath(path));
  const taken = new Set<string>();
  for (const path of paths) {
    const keys = parsePath(path);
    const next = read(wanted, keys);
    if (keptByOthers.has(path) && JSON.stringify(read(value, keys)) !== JSON.stringify(next)) taken.add(path);
    set(value, keys, structuredClone(next));
  }
  const left = others
    .map((owner) => ({ ...owner, paths: owner.paths.filter((path) => !taken.has(path)) }))
    .filter((owner) => owner.paths.length > 0);
  const mine: FieldOwner = { ...writer, paths };
  return { value: listed(value), owners: paths.length === 0 ? left : [...left, mine] };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Conditions as a map by type, marked so that `listed` finds it again: the one list that several writers share. */
const byType = 'conditions by type';

function keyed(value: Json): Json {
  return mapEntries(value, ([key, child]) => {
    if (key !== 'conditions' || !Array.isArray(child)) return [key, child];
    const entries = child as readonly { readonly type: string }[];
    return [byType, Object.fromEntries(entries.map((entry) => [entry.type, [entry]]))];
  });
}

function listed(value: Json): Json {
  return mapEntries(value, ([key, child]) =>
    key === byType ? ['conditions', Object.values(child as Json).flat()] : [key, child],
  );
}

function mapEntries(value: Json, change: (entry: [string, unknown]) => [string, unknown]): Json {
  return Object.fromEntries(
    Object.entries(value).map((entry) => {
      const [key, child] = change(entry);
      return [key, isMap(child) && key !== byType ? mapEntries(child, change) : child];
    }),
  );
}

function leafPaths(value: Json, prefix: readonly string[] = []): string[] {
  return Object.entries(value).flatMap(([key, child]) => {
    if (child === undefined) return [];
    const path = [...prefix, key];
    return isMap(child) && Object.keys(child).length > 0 ? leafPaths(child, path) : [JSON.stringify(path)];
  });
}

const parsePath = (path: string) => JSON.parse(path) as string[];

function read(value: Json, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => (isMap(at) ? at[key] : undefined), value);
}

function set(value: Record<string, unknown>, keys: readonly string[], next: unknown): void {
  let at = value;
  for (const key of keys.slice(0, -1)) {
    if (!isMap(at[key])) at[key] = {};
    at = at[key] as Record<string, unknown>;
  }
  const last = keys.at(-1) ?? '';
  // An empty map says that there is a map, not that it is empty: others may have members in it.
  if (isMap(next) && Object.keys(next).length === 0 && isMap(at[last])) return;
  at[last] = next;
}

/** Removes a leaf and the maps that it leaves empty. */
function unset(value: Record<string, unknown>, keys: readonly string[]): void {
  const [key, ...rest] = keys;
  if (key === undefined) return;
  const child = value[key];
  if (rest.length > 0) {
    if (!isMap(child)) return;
    unset(child, rest);
    if (Object.keys(child).length > 0) return;
  }
  delete value[key];
}

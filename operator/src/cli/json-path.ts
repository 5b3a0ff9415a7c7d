/** Reads a printer column's path, such as `.status.conditions[?(@.type=='Ready')].reason`; undefined when it leads nowhere. */
export function readPath(object: unknown, path: string): unknown {
  let at = object;
  for (const [, field, type] of path.matchAll(/\.([A-Za-z0-9_]+)(?:\[\?\(@\.type=='([^']+)'\)\])?/g)) {
    at = member(at, field ?? '');
    if (type !== undefined) at = Array.isArray(at) ? at.find((each) => member(each, 'type') === type) : undefined;
  }
  return at;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

import type { SchemaNode } from './json-schema.ts';

/** Leaves out fields that are null and have a default, as the API server does: `pod:` with nothing after it is the default. */
export function dropNulls(node: SchemaNode, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (node.items ? dropNulls(node.items, item) : item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => {
      const child = node.properties?.[name];
      if (field === null && child?.default !== undefined) return [];
      return [[name, child ? dropNulls(child, field) : field]];
    }),
  );
}

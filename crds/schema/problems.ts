/** Sentences about what is wrong in a manifest: the path, what was found, what is allowed. */
import type { z } from 'zod';
import type { BrokenRule } from './cel.ts';
import type { SchemaNode } from './json-schema.ts';
import { closest } from './suggest.ts';

type Path = readonly PropertyKey[];

/** Writes `['spec', 'data', 'sources', 0, 'uri']` as spec.data.sources[0].uri. */
function pathText(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

/** A sentence for an issue of zod. */
export function issueSentence(issue: z.core.$ZodIssue, schema: SchemaNode, manifest: unknown): string {
  const found = valueAt(manifest, issue.path);
  const node = nodeAt(schema, issue.path);
  const allowed = node ? allowedText(node) : issue.message;
  const meant = node?.enum && typeof found === 'string' ? closest(found, node.enum.map(String)) : undefined;
  return `${pathText(issue.path)}: found ${foundText(found)}, expected ${allowed}${meant ? `; did you mean ${meant}?` : ''}`;
}

/** A sentence for each field that the schema does not have. */
export function unknownFields(schema: SchemaNode, value: unknown, path: Path = [], root = schema): string[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, index) => unknownFields(items, item, [...path, index], root)) : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    const child = schema.properties?.[key] ?? schema.additionalProperties;
    const here = [...path, key];
    if (child) return unknownFields(child, field, here, root);
    return schema.properties ? [`${pathText(here)}: unknown field${insteadOf(key, schema, path, root)}`] : [];
  });
}

function insteadOf(key: string, schema: SchemaNode, path: Path, root: SchemaNode): string {
  const siblings = Object.keys(schema.properties ?? {});
  const meant = closest(key, siblings);
  if (meant !== undefined) return `; did you mean ${pathText([...path, meant])}?`;
  const elsewhere = pathsOf(key, root.properties?.['spec'] ?? {}, ['spec']).sort((a, b) => a.length - b.length)[0];
  if (elsewhere) return `; did you mean ${pathText(elsewhere)}?`;
  return siblings.length > 0 ? `, expected ${siblings.join(', ')}` : ', expected an empty block {}';
}

function pathsOf(key: string, node: SchemaNode, path: Path): Path[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => [
    ...(name === key ? [[...path, name]] : []),
    ...pathsOf(key, child, [...path, name]),
  ]);
}

/** A sentence for each list item whose key another item before it has. */
export function repeatedKeys(node: SchemaNode, value: unknown, path: Path = []): string[] {
  if (Array.isArray(value)) {
    const keys = node['x-kubernetes-list-map-keys'] ?? [];
    const repeated = keys.flatMap((key) => {
      const names = value.map((item) => valueAt(item, [key]));
      return names.flatMap((name, index) =>
        name !== undefined && names.indexOf(name) < index
          ? [`${pathText([...path, index, key])}: found ${foundText(name)}, expected a ${key} that no other entry has`]
          : [],
      );
    });
    const { items } = node;
    return [...repeated, ...(items ? value.flatMap((item, index) => repeatedKeys(items, item, [...path, index])) : [])];
  }
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const field = valueAt(value, [name]);
    return field === undefined ? [] : repeatedKeys(child, field, [...path, name]);
  });
}

/** A sentence for a rule that does not hold. */
export function ruleSentence(broken: BrokenRule, manifest: unknown): string {
  const found = valueAt(manifest, broken.path);
  const message = broken.message.replace(/^must be /, 'expected ');
  return `${pathText(broken.path) || 'manifest'}: found ${foundText(found)}; ${message}`.replace(
    '; expected',
    ', expected',
  );
}

/** What a schema allows, in words. */
function allowedText(node: SchemaNode): string {
  if (node.enum) return node.enum.length === 1 ? String(node.enum[0]) : `one of ${node.enum.map(String).join(', ')}`;
  if (node.expected) return node.expected;
  const { type } = node;
  if (type === undefined) return 'another value';
  switch (type) {
    case 'integer':
      return `a whole number${between(node.minimum, node.maximum)}`;
    case 'string':
      return `text${between(node.minLength, node.maxLength)}${node.maxLength === undefined ? '' : ' characters long'}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${between(node.minItems, node.maxItems)}${node.maxItems === undefined ? '' : ' items long'}`;
    case 'object':
      if (!node.properties) return `a map of names to values${between(undefined, node.maxProperties)}`;
      return Object.keys(node.properties).length === 0
        ? 'an empty block {}'
        : `a block with ${node.required?.join(', ') ?? `one of ${Object.keys(node.properties).join(', ')}`}`;
    case 'number':
      return 'a number';
  }
}

function between(low: number | undefined, high: number | undefined): string {
  if (high === undefined || high >= Number.MAX_SAFE_INTEGER) return low === undefined ? '' : ` of at least ${low}`;
  return low === undefined ? ` of at most ${high}` : ` from ${low} to ${high}`;
}

function foundText(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') {
    const keys = Object.keys(value);
    return keys.length === 0
      ? 'an empty block'
      : `a block with ${keys.slice(0, 8).join(', ')}${keys.length > 8 ? ', …' : ''}`;
  }
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…"` : text;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

function nodeAt(schema: SchemaNode, path: Path): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>(
    (node, key) =>
      typeof key === 'number' ? node?.items : (node?.properties?.[String(key)] ?? node?.additionalProperties),
    schema,
  );
}

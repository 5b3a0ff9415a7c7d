import type { SchemaNode } from '../json-schema.ts';

/** The structural schema of a CRD: every node has one type, and text whose form a rule states has no `pattern` beside it. */
export function structural(node: SchemaNode): SchemaNode {
  const { expected, shortType, ...rest } = node;
  if (rest['x-kubernetes-int-or-string']) return { ...rest, anyOf: [{ type: 'integer' }, { type: 'string' }] };
  if (expected !== undefined && shortType !== undefined && rest['x-kubernetes-validations']) delete rest.pattern;
  if (rest.type === 'integer') rest.format = 'int64';
  // The API server checks the rules of a block against its default as written, before it fills in the inner ones.
  if (isEmptyBlock(rest.default) && rest['x-kubernetes-validations']) rest.default = defaultsOf(rest);
  if (rest.items) rest.items = structural(rest.items);
  if (rest.additionalProperties) rest.additionalProperties = structural(rest.additionalProperties);
  if (rest.properties) rest.properties = mapValues(rest.properties, structural);
  return rest;
}

function defaultsOf(node: SchemaNode): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(node.properties ?? {}))
    if (field.default !== undefined) defaults[name] = isEmptyBlock(field.default) ? defaultsOf(field) : field.default;
  return defaults;
}

const isEmptyBlock = (value: unknown) => JSON.stringify(value) === '{}';

const mapValues = <A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

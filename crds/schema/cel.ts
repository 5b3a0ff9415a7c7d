/** Evaluates the CEL rules of a schema as the API server does, so that a manifest meets the same rules on a laptop. */
import { Environment } from '@marcbachmann/cel-js';
import type { SchemaNode } from './json-schema.ts';

const environment = new Environment().registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn');

type Expression = (context: { self: unknown; oldSelf: unknown }) => unknown;
const compiled = new Map<string, Expression>();

/** A rule that does not hold: the value it speaks of, and its message. */
export interface BrokenRule {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * The rules that `value` breaks. `value` has its defaults; rules that name `oldSelf` run only where `old` has a value
 * at the same path, and list items are not compared with older ones.
 */
export function brokenRules(
  node: SchemaNode,
  value: unknown,
  old: unknown,
  path: readonly (string | number)[] = [],
): BrokenRule[] {
  if (value === undefined) return [];
  const own = (node['x-kubernetes-validations'] ?? []).flatMap(({ rule, message, fieldPath }) => {
    if (/\boldSelf\b/.test(rule) && old === undefined) return [];
    const target = fieldPath === undefined ? path : [...path, ...fieldPath.slice(1).split('.')];
    return holds(rule, celValue(node, value), celValue(node, old)) ? [] : [{ path: target, message }];
  });
  return [...own, ...children(node, value, old).flatMap(([key, ...rest]) => brokenRules(...rest, [...path, key]))];
}

function holds(rule: string, self: unknown, oldSelf: unknown): boolean {
  let expression = compiled.get(rule);
  if (!expression) compiled.set(rule, (expression = environment.parse(rule)));
  return expression({ self, oldSelf }) === true;
}

type Child = [key: string | number, node: SchemaNode, value: unknown, old: unknown];

function children(node: SchemaNode, value: unknown, old: unknown): Child[] {
  const { items, properties, additionalProperties } = node;
  if (items && Array.isArray(value)) return value.map((item, index) => [index, items, item, undefined]);
  if (!isRecord(value)) return [];
  const before = isRecord(old) ? old : {};
  return Object.keys(value).flatMap((key): Child[] => {
    const child = properties?.[key] ?? additionalProperties;
    return child ? [[key, child, value[key], before[key]]] : [];
  });
}

/** JSON as CEL sees it: whole numbers are ints there, which this evaluator knows as bigint. */
function celValue(node: SchemaNode | undefined, value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) && node?.type !== 'number' ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((item) => celValue(node?.items, item));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, celValue(node?.properties?.[key] ?? node?.additionalProperties, field)]),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

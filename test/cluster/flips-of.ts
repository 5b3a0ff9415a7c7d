import type { SchemaNode } from '@wikigpt/schema/json-schema.ts';

/** One field changed, and all else as it was. */
export interface Flip {
  /** Where, such as spec.data.sources[0].uri; a field in a block that was not there stands by its name in it. */
  readonly path: string;
  /** The value with that field changed. */
  readonly value: unknown;
}

/**
 * Every field of a value, each changed to another value that its type allows; a field that is absent is added. One that
 * can have no other value, and a block without fields that is there, are left out.
 */
export function flipsOf(node: SchemaNode, value: unknown, path: string): Flip[] {
  if (value === undefined) return addedTo(node, path);
  if (node.properties) {
    const block = value as Readonly<Record<string, unknown>>;
    return Object.entries(node.properties).flatMap(([name, child]) =>
      flipsOf(child, block[name], `${path}.${name}`).map((flip) => ({
        ...flip,
        value: { ...block, [name]: flip.value },
      })),
    );
  }
  if (node.items) {
    const [first, ...rest] = value as readonly unknown[];
    return flipsOf(node.items, first, `${path}[0]`).map((flip) => ({ ...flip, value: [flip.value, ...rest] }));
  }
  if (node.additionalProperties)
    return addedTo(node.additionalProperties, `${path}.added`).map((flip) => ({
      ...flip,
      value: { ...(value as object), added: flip.value },
    }));
  if (node.enum?.length === 1) return [];
  const other = candidates(node, value).find((each) => each !== value && allows(node, each));
  if (other === undefined) throw new Error(`${path}: found no value but ${JSON.stringify(value)} that its type allows`);
  return [{ path, value: other }];
}

/** The ways to add what is not there: with what must be in it, and each thing that may. */
function addedTo(node: SchemaNode, path: string): Flip[] {
  const least = sample(node);
  if (node.items)
    return addedTo(node.items, `${path}[0]`).map((flip) => ({
      ...flip,
      value: [flip.value, ...(least as readonly unknown[]).slice(1)],
    }));
  if (!node.properties) return [{ path, value: least }];
  const inner = Object.entries(node.properties).flatMap(([name, child]) =>
    addedTo(child, `${path}.${name}`).map((flip) => ({ ...flip, value: { ...(least as object), [name]: flip.value } })),
  );
  return inner.length === 0 ? [{ path, value: least }] : inner;
}

/** The smallest value that its types allow; what rules ask beside that is not looked at. */
function sample(node: SchemaNode): unknown {
  if (node.properties)
    return Object.fromEntries((node.required ?? []).map((name) => [name, sample(node.properties?.[name] ?? {})]));
  if (node.items) return Array.from({ length: Math.max(1, node.minItems ?? 0) }, () => sample(node.items ?? {}));
  if (node.additionalProperties) return { added: sample(node.additionalProperties) };
  return candidates(node, undefined).find((each) => allows(node, each));
}

function candidates(node: SchemaNode, value: unknown): readonly unknown[] {
  if (node.enum) return node.enum;
  if (node.type === 'boolean') return [true, false];
  if (node.type === 'integer') return [Number(value ?? node.minimum) + 1, Number(value) - 1, node.minimum ?? 1];
  return texts;
}

/** A text of every form that the API knows. */
const texts = [
  '0.25',
  'other',
  'OTHER',
  '{{other}}',
  `sha256:${'1'.repeat(64)}`,
  'pvc://other/place',
  'https://other.example/v1',
  '2030-01-01T00:00:00Z',
  '3Gi',
];

function allows({ pattern, minimum, maximum, maxLength, minLength }: SchemaNode, value: unknown): boolean {
  if (typeof value === 'number') return value >= (minimum ?? value) && value <= (maximum ?? value);
  if (typeof value !== 'string') return true;
  const fits = value.length >= (minLength ?? 0) && value.length <= (maxLength ?? Infinity);
  return fits && (pattern === undefined || new RegExp(pattern).test(value));
}

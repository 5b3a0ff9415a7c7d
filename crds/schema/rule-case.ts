import type { SchemaNode } from './json-schema.ts';
import type { KindName } from './kinds.ts';

export interface RuleCase {
  readonly name: string;
  readonly kind: KindName;
  /** Values by path, such as `spec.base`; undefined removes the field. */
  readonly change: Readonly<Record<string, unknown>>;
  /** Changes after the object exists; the case then is about the update. */
  readonly update?: Readonly<Record<string, unknown>>;
  /** The whole sentence; absent when the manifest is accepted. */
  readonly refused?: string;
}

const of =
  (kind: KindName) =>
  (name: string, change: RuleCase['change'], refused?: string): RuleCase => ({
    name,
    kind,
    change,
    ...(refused !== undefined && { refused }),
  });
export const job = of('FineTuneJob');
export const distill = of('DistillJob');
export const chat = of('ChatModel');
export const updated = (
  name: string,
  before: RuleCase['change'],
  update: RuleCase['change'],
  refused?: string,
): RuleCase => ({
  ...job(name, before, refused),
  update,
});

/** A copy with other values at these paths; undefined removes the field. */
export function changed(manifest: object, change: RuleCase['change']): object {
  const copy = structuredClone(manifest);
  for (const [path, value] of Object.entries(change)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let parent = copy as Record<string, unknown>;
    for (const key of keys) parent = (parent[key] ??= {}) as Record<string, unknown>;
    if (value === undefined) delete parent[last];
    else parent[last] = structuredClone(value);
  }
  return copy;
}

/** The sentences of all rules of a schema. */
export function messages(node: SchemaNode): string[] {
  const inner = [...Object.values(node.properties ?? {}), node.items, node.additionalProperties];
  return [
    ...(node['x-kubernetes-validations'] ?? []).map(({ message }) => message),
    ...inner.flatMap((child) => (child ? messages(child) : [])),
  ];
}

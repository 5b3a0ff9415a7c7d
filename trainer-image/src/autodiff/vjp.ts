import type { Ops } from '../onnx/ops.ts';
import type { Attribute, Value } from '../onnx/value.ts';

/** What a rule sees of a node: its inputs `x`, its results `y`, and the gradient `g` of each result (of the first, when there is one). */
export interface VjpContext {
  readonly ops: Ops;
  readonly x: readonly Value[];
  readonly y: readonly Value[];
  readonly g: Value;
  /** One per result, null where no gradient flows. */
  readonly upstream: readonly (Value | null)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/**
 * The gradient of one input, built only when somebody needs it, in the input's shape or one broadcast from it.
 * `onto` adds it to the sum of the other contributions in one node (null: there is none).
 */
export type Gradient = (() => Value) | { readonly onto: (sum: Value | null) => Value };

/** The vector-Jacobian product of an operator: one gradient per input, null where none flows. */
export type VjpRule = (context: VjpContext) => readonly (Gradient | null)[];

/** Builds once, however many gradients share it. */
export function shared<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  return () => (built ??= { value: build() }).value;
}

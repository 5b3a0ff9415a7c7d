import { type Builder, createBuilder } from './builder.ts';
import { type ElementwiseOps, elementwiseOps } from './elementwise-ops.ts';
import { type MatmulOps, matmulOps } from './matmul-ops.ts';
import { type ReductionOps, reductionOps } from './reduction-ops.ts';
import { type ShapeOps, shapeOps } from './shape-ops.ts';
import { type TransformerOps, transformerOps } from './transformer-ops.ts';
import type { Value } from './value.ts';

/** Nodes `first` (included) to `end` (excluded) with a reverse rule of their own. */
export interface GradientGroup {
  readonly first: number;
  readonly end: number;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly gradient: (ops: Ops, upstream: readonly (Value | null)[]) => readonly (Value | null)[];
}

/** Builds one graph; the method is the operator. Values are immutable, shapes and dtypes are checked on the way. */
export interface Ops extends Builder, ElementwiseOps, ReductionOps, ShapeOps, MatmulOps, TransformerOps {
  /**
   * Builds nodes whose gradient is given by hand. `gradient` receives one upstream gradient per result (null where
   * none flows) and returns one gradient per input (null where none flows), in the input's own or a broadcast shape.
   */
  readonly customGradient: (
    inputs: readonly Value[],
    forward: () => readonly Value[],
    gradient: GradientGroup['gradient'],
  ) => Value[];
  readonly groups: readonly GradientGroup[];
}

/** An empty graph under construction. */
export function createOps(name: string): Ops {
  const builder = createBuilder(name);
  const shapes = shapeOps(builder);
  const groups: GradientGroup[] = [];
  return {
    ...builder,
    ...elementwiseOps(builder),
    ...reductionOps(builder, shapes),
    ...shapes,
    ...matmulOps(builder),
    ...transformerOps(builder),
    groups,
    customGradient(inputs, forward, gradient) {
      const first = builder.nodes.length;
      const outputs = forward();
      groups.push({ first, end: builder.nodes.length, inputs, outputs, gradient });
      return [...outputs];
    },
  };
}

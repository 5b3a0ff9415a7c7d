import type { Builder } from './builder.ts';
import type { ElementwiseOps } from './elementwise-ops.ts';
import type { MatmulOps } from './matmul-ops.ts';
import type { ReductionOps } from './reduction-ops.ts';
import type { ShapeOps } from './shape-ops.ts';
import type { TransformerOps } from './transformer-ops.ts';
import type { Value } from './value.ts';

export type { MatmulOptions } from './matmul-ops.ts';
export type { Operand } from './elementwise-ops.ts';

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
  customGradient(
    inputs: readonly Value[],
    forward: () => readonly Value[],
    gradient: GradientGroup['gradient'],
  ): Value[];
  readonly groups: readonly GradientGroup[];
}

export declare function createOps(name: string): Ops;

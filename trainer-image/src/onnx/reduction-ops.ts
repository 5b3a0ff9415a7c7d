import type { Builder } from './builder.ts';
import type { OpName } from './op-table.ts';
import { positiveAxis } from './shapes.ts';
import type { Value } from './value.ts';

/** Reductions along axes (negative axes count from the end). */
export interface ReductionOps {
  readonly reduceSum: (x: Value, axes: readonly number[], keepDims?: boolean) => Value;
  readonly reduceMean: (x: Value, axes: readonly number[], keepDims?: boolean) => Value;
  readonly reduceMax: (x: Value, axes: readonly number[], keepDims?: boolean) => Value;
  /** Index of the largest element along `axis`, int64, the axis removed. */
  readonly argMax: (x: Value, axis: number) => Value;
  readonly softmax: (x: Value, axis: number) => Value;
  readonly logSoftmax: (x: Value, axis: number) => Value;
}

export function reductionOps({ constant, emitOne }: Builder): ReductionOps {
  const reduction =
    (op: OpName) =>
    (x: Value, axes: readonly number[], keepDims = true): Value =>
      emitOne(op, [x, constant(axes.map((axis) => positiveAxis(axis, x.shape.length)))], {
        keepdims: keepDims ? 1 : 0,
      });
  return {
    reduceSum: reduction('ReduceSum'),
    reduceMean: reduction('ReduceMean'),
    reduceMax: reduction('ReduceMax'),
    argMax: (x, axis) => emitOne('ArgMax', [x], { axis: positiveAxis(axis, x.shape.length), keepdims: 0 }),
    softmax: (x, axis) => emitOne('Softmax', [x], { axis: positiveAxis(axis, x.shape.length) }),
    logSoftmax: (x, axis) => emitOne('LogSoftmax', [x], { axis: positiveAxis(axis, x.shape.length) }),
  };
}

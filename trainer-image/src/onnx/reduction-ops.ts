import type { Builder } from './builder.ts';
import type { OpName } from './op-table.ts';
import type { ShapeOps } from './shape-ops.ts';
import { elementCount, positiveAxis } from './shapes.ts';
import { total } from './total.ts';
import type { Value } from './value.ts';

/** Sums of fewer numbers than this are accurate enough in one piece. */
const worthParts = 16_384;

/** Reductions along axes (negative axes count from the end). */
export interface ReductionOps {
  /** Large sums are taken in parts, so that they are accurate. */
  readonly reduceSum: (x: Value, axes: readonly number[], keepDims?: boolean) => Value;
  readonly reduceMean: (x: Value, axes: readonly number[], keepDims?: boolean) => Value;
  readonly reduceMax: (x: Value, axes: readonly number[], keepDims?: boolean) => Value;
  /** Index of the largest element along `axis`, int64, the axis removed. */
  readonly argMax: (x: Value, axis: number) => Value;
  /** The `count` largest elements along `axis`, largest first, and their indices. */
  readonly topK: (x: Value, axis: number, count: number) => { readonly values: Value; readonly indices: Value };
  readonly softmax: (x: Value, axis: number) => Value;
  readonly logSoftmax: (x: Value, axis: number) => Value;
}

export function reductionOps(
  { constant, emit, emitOne }: Builder,
  { reshape, split }: Pick<ShapeOps, 'reshape' | 'split'>,
): ReductionOps {
  const reduction =
    (op: OpName) =>
    (x: Value, axes: readonly number[], keepDims = true): Value =>
      emitOne(op, [x, constant(axes.map((axis) => positiveAxis(axis, x.shape.length)))], {
        keepdims: keepDims ? 1 : 0,
      });
  const plainSum = reduction('ReduceSum');
  const parts = {
    reshape,
    split,
    add: (a: Value, b: Value) => emitOne('Add', [a, b]),
    sumLast: (x: Value) => plainSum(x, [-1], false),
  };
  return {
    reduceSum(x, axes, keepDims = true) {
      const count = elementCount(x.shape);
      if (count === null || count <= worthParts || new Set(axes).size < x.shape.length)
        return plainSum(x, axes, keepDims);
      return reshape(total(parts, x, count), keepDims ? x.shape.map(() => 1) : []);
    },
    reduceMean: reduction('ReduceMean'),
    reduceMax: reduction('ReduceMax'),
    argMax: (x, axis) => emitOne('ArgMax', [x], { axis: positiveAxis(axis, x.shape.length), keepdims: 0 }),
    topK(x, axis, count) {
      const [values, indices] = emit('TopK', [x, constant([count])], { axis: positiveAxis(axis, x.shape.length) });
      return { values: values!, indices: indices! };
    },
    softmax: (x, axis) => emitOne('Softmax', [x], { axis: positiveAxis(axis, x.shape.length) }),
    logSoftmax: (x, axis) => emitOne('LogSoftmax', [x], { axis: positiveAxis(axis, x.shape.length) }),
  };
}

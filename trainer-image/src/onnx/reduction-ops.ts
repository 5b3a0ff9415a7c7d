import type { Value } from './value.ts';

/** Reductions along axes (negative axes count from the end). */
export interface ReductionOps {
  reduceSum(x: Value, axes: readonly number[], keepDims?: boolean): Value;
  reduceMean(x: Value, axes: readonly number[], keepDims?: boolean): Value;
  reduceMax(x: Value, axes: readonly number[], keepDims?: boolean): Value;
  /** Index of the largest element along `axis`, int64, the axis removed. */
  argMax(x: Value, axis: number): Value;
  softmax(x: Value, axis: number): Value;
  logSoftmax(x: Value, axis: number): Value;
}

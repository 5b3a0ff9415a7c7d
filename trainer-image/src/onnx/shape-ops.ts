import type { Dim, Value } from './value.ts';

/** Operators that move elements without computing on them. */
export interface ShapeOps {
  /**
   * The same elements in another shape. A string dimension is symbolic: it is copied, inferred or, when that cannot
   * say it, read at run time from the graph input that carries the dimension of this name.
   */
  reshape(x: Value, shape: readonly Dim[]): Value;
  transpose(x: Value, permutation: readonly number[]): Value;
  /** Elements `start` (included) to `end` (excluded) of one axis; negative ones count from the end. */
  slice(x: Value, axis: number, start: number, end: number): Value;
  /** Cuts an axis into parts of the given sizes; prefer it to sibling slices, its gradient is one Concat. */
  split(x: Value, axis: number, sizes: readonly number[]): Value[];
  concat(values: readonly Value[], axis: number): Value;
  /** Broadcasts to `shape`, in which string dimensions are symbolic as in reshape. */
  expand(x: Value, shape: readonly Dim[]): Value;
  /** Rows of `data` along `axis`: `[...data before axis, ...indices, ...data after axis]`; indices int64 or int32. */
  gather(data: Value, indices: Value, axis?: number): Value;
  /** One element of `data` per index along `axis`; the result has the shape of `indices`. */
  gatherElements(data: Value, indices: Value, axis: number): Value;
  /** `data` with `updates` `[n, ...row]` added onto the rows `indices` `[n]`; repeated indices add up. */
  scatterRows(data: Value, indices: Value, updates: Value): Value;
  /** `data` with `updates` added at `indices` along `axis`, the reverse of gatherElements; repeated indices add up. */
  scatterElements(data: Value, indices: Value, updates: Value, axis: number): Value;
}

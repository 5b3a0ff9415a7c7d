import type { Builder } from './builder.ts';
import { positiveAxis, sameShape } from './shapes.ts';
import { scatterRows } from './scatter-rows.ts';
import { symbolicShapes } from './symbolic-shapes.ts';
import type { Dim, Value } from './value.ts';

/** Operators that move elements without computing on them. */
export interface ShapeOps {
  /**
   * The same elements in another shape. A string dimension is symbolic: it is copied, inferred or, when that cannot
   * say it, read at run time from the graph input that carries the dimension of this name.
   */
  readonly reshape: (x: Value, shape: readonly Dim[]) => Value;
  readonly transpose: (x: Value, permutation: readonly number[]) => Value;
  /** Elements `start` (included) to `end` (excluded) of one axis; negative ones count from the end. */
  readonly slice: (x: Value, axis: number, start: number, end: number) => Value;
  /** Adds `before` and `after` zeros at the ends of an axis; the reverse of slice. */
  readonly pad: (x: Value, axis: number, before: number, after: number) => Value;
  /** Cuts an axis into parts of the given sizes; prefer it to sibling slices, its gradient is one Concat. */
  readonly split: (x: Value, axis: number, sizes: readonly number[]) => Value[];
  readonly concat: (values: readonly Value[], axis: number) => Value;
  /** Broadcasts to `shape`, in which string dimensions are symbolic as in reshape. */
  readonly expand: (x: Value, shape: readonly Dim[]) => Value;
  /** Rows of `data` along `axis`: `[...data before axis, ...indices, ...data after axis]`; indices int64 or int32. */
  readonly gather: (data: Value, indices: Value, axis?: number) => Value;
  /** One element of `data` per index along `axis`; the result has the shape of `indices`. */
  readonly gatherElements: (data: Value, indices: Value, axis: number) => Value;
  /** `data` with `updates` `[...indices, ...row]` added onto the rows that int64 `indices` name; repeated indices add up. */
  readonly scatterRows: (data: Value, indices: Value, updates: Value) => Value;
  /** `data` with `updates` added at `indices` along `axis`, the reverse of gatherElements; repeated indices add up. */
  readonly scatterElements: (data: Value, indices: Value, updates: Value, axis: number) => Value;
}

export function shapeOps(builder: Builder): ShapeOps {
  const { constant, emit, emitOne } = builder;
  const resolve = symbolicShapes(builder);
  const axisOf = (x: Value, axis: number): number => positiveAxis(axis, x.shape.length);
  const reshape: ShapeOps['reshape'] = (x, shape) =>
    sameShape(x.shape, shape) ? x : emitOne('Reshape', [x, resolve.forReshape(x, shape)], {}, shape);
  return {
    reshape,
    transpose: (x, permutation) => emitOne('Transpose', [x], { perm: permutation }),
    slice: (x, axis, start, end) =>
      emitOne('Slice', [x, constant([start]), constant([end]), constant([axisOf(x, axis)])]),
    pad: (x, axis, before, after) =>
      before === 0 && after === 0
        ? x
        : emitOne('Pad', [x, constant([before, after]), constant(0, [], x.dtype), constant([axisOf(x, axis)])], {
            mode: 'constant',
          }),
    split: (x, axis, sizes) =>
      sizes.length === 1 ? [x] : emit('Split', [x, constant(sizes)], { axis: axisOf(x, axis) }),
    concat: (values, axis) =>
      values.length === 1 ? values[0]! : emitOne('Concat', values, { axis: axisOf(values[0]!, axis) }),
    expand: (x, shape) => (sameShape(x.shape, shape) ? x : emitOne('Expand', [x, resolve.dims(shape)], {}, shape)),
    gather: (data, indices, axis = 0) => emitOne('Gather', [data, indices], { axis: axisOf(data, axis) }),
    gatherElements: (data, indices, axis) => emitOne('GatherElements', [data, indices], { axis: axisOf(data, axis) }),
    scatterRows: scatterRows(builder, reshape),
    scatterElements: (data, indices, updates, axis) =>
      emitOne('ScatterElements', [data, indices, updates], { axis: axisOf(data, axis), reduction: 'add' }),
  };
}

import type { DType, TensorData } from '../onnx/value.ts';

/** A dense array handed to or returned by a session, row-major. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** float32; a number is a scalar, an array without a shape is one-dimensional. */
export function floatTensor(data: number | readonly number[] | Float32Array, shape?: readonly number[]): Tensor {
  if (typeof data === 'number') return { dtype: 'float32', shape: shape ?? [], data: Float32Array.of(data) };
  const array = data instanceof Float32Array ? data : Float32Array.from(data);
  return { dtype: 'float32', shape: shape ?? [array.length], data: array };
}

/** int64; a number is a scalar, an array without a shape is one-dimensional. */
export function intTensor(data: number | ArrayLike<number> | BigInt64Array, shape?: readonly number[]): Tensor {
  if (typeof data === 'number') return { dtype: 'int64', shape: shape ?? [], data: BigInt64Array.of(BigInt(data)) };
  const array =
    data instanceof BigInt64Array ? data : BigInt64Array.from({ length: data.length }, (_, i) => BigInt(data[i]!));
  return { dtype: 'int64', shape: shape ?? [array.length], data: array };
}

/** int32, one-dimensional unless a shape is given. */
export function int32Tensor(data: readonly number[] | Int32Array, shape?: readonly number[]): Tensor {
  const array = data instanceof Int32Array ? data : Int32Array.from(data);
  return { dtype: 'int32', shape: shape ?? [array.length], data: array };
}

import { TrainerError } from '../errors.ts';
import { elementCount, shapeText } from './shapes.ts';
import type { DType, TensorData, Value } from './value.ts';

/** A filled constant above this many elements is expanded from a scalar when the graph runs, so that the file stays small. */
const largestFill = 4096;
/** Constants up to this many elements are shared when their contents are equal; larger ones when they are one array. */
const largestKey = 64;

const arrays = {
  float32: Float32Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
} as const;

/** A constant, or a scalar `fill` that has to be expanded to `shape`. */
export type Constant = { readonly value: Value } | { readonly fill: Value; readonly shape: readonly number[] };

export interface Constants {
  readonly constant: (
    value: number | readonly number[] | TensorData,
    shape?: readonly number[],
    dtype?: DType,
  ) => Constant;
  /** An int64 list `[n]`. */
  readonly list: (values: readonly number[]) => Value;
  /** The numbers of a small integer constant made here. */
  readonly valueOf: (value: Value) => readonly number[] | undefined;
}

type Declare = (label: string, dtype: DType, shape: readonly number[], data: TensorData) => Value;

const dtypeOf = (data: TensorData): DType =>
  data instanceof Float32Array
    ? 'float32'
    : data instanceof BigInt64Array
      ? 'int64'
      : data instanceof Int32Array
        ? 'int32'
        : data instanceof Int8Array
          ? 'int8'
          : 'uint8';

function arrayOf(values: readonly number[], dtype: DType): TensorData {
  return dtype === 'int64' ? BigInt64Array.from(values, BigInt) : arrays[dtype].from(values);
}

/** Promotes numbers and arrays to initializers, each once. */
export function createConstants(declare: Declare): Constants {
  const byContent = new Map<string, Value>();
  const byArray = new Map<TensorData, Value[]>();
  const integers = new Map<Value, readonly number[]>();

  function small(values: readonly number[], shape: readonly number[], dtype: DType): Value {
    // Object.is tells -0 from 0, and so must the key.
    const text = values.map((number) => (Object.is(number, -0) ? '-0' : String(number))).join(',');
    const key = `${dtype}${shapeText(shape)}${text}`;
    const known = byContent.get(key);
    if (known) return known;
    const label = shape.length === 0 ? `constant/${text}` : `constant/${dtype}${shapeText(shape).replaceAll(' ', '')}`;
    const value = declare(label, dtype, shape, arrayOf(values, dtype));
    byContent.set(key, value);
    if (dtype === 'int64') integers.set(value, values);
    return value;
  }

  function large(data: TensorData, shape: readonly number[], dtype: DType): Value {
    const known = byArray.get(data) ?? [];
    const same = known.find((value) => value.dtype === dtype && shapeText(value.shape) === shapeText(shape));
    if (same) return same;
    const value = declare(`constant/${dtype}${shapeText(shape).replaceAll(' ', '')}`, dtype, shape, data);
    byArray.set(data, [...known, value]);
    return value;
  }

  return {
    valueOf: (value) => integers.get(value),
    list: (values) => small(values, [values.length], 'int64'),
    constant(value, wanted, wantedDtype) {
      if (typeof value === 'number') {
        const shape = wanted ?? [];
        const dtype = wantedDtype ?? 'float32';
        const count = elementCount(shape) ?? 0;
        if (count > largestFill) return { fill: small([value], [], dtype), shape };
        return {
          value: small(
            Array.from({ length: count }, () => value),
            shape,
            dtype,
          ),
        };
      }
      const shape = wanted ?? [value.length];
      if (elementCount(shape) !== value.length)
        throw new TrainerError(
          'GraphInvalid',
          `A constant of ${value.length} elements was given the shape ${shapeText(shape)}; the counts must agree.`,
        );
      if (!ArrayBuffer.isView(value)) {
        const dtype = wantedDtype ?? 'int64';
        return { value: small(value, shape, dtype) };
      }
      const dtype = wantedDtype ?? dtypeOf(value);
      if (arrays[dtype] !== value.constructor)
        throw new TrainerError('GraphInvalid', `A constant of dtype ${dtype} was given a ${value.constructor.name}.`);
      return {
        value: value.length <= largestKey ? small(Array.from(value, Number), shape, dtype) : large(value, shape, dtype),
      };
    },
  };
}

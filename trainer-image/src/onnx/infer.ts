import { TrainerError } from '../errors.ts';
import { dtypeOfCode } from './dtype-codes.ts';
import { fail, mustBe, mustHaveShape, number, numbers, sameDtype } from './infer-checks.ts';
import { opTable, type OpName } from './op-table.ts';
import { broadcastShapes, elementCount, positiveAxis, sameShape, shapeText, withDim } from './shapes.ts';
import type { Attribute, Dim, DType, Value } from './value.ts';

/** A node whose results are to be told; `claimed` are result shapes that the inputs alone may not determine. */
export interface Question {
  readonly op: OpName;
  readonly name: string;
  readonly inputs: readonly (Value | null)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly claimed: readonly (readonly Dim[])[];
}

export interface Result {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** The numbers of a constant integer input, undefined when it is computed. */
export type ConstantOf = (value: Value) => readonly number[] | undefined;

type Inference = (x: Value[], question: Question, constantOf: ConstantOf) => Result[];

const floatUnary: Inference = ([x]) => {
  mustBe(x!, 'float32');
  return [x!];
};
const arithmetic: Inference = ([a, b]) => {
  mustBe(a!, 'float32', 'int64', 'int32');
  return [{ dtype: sameDtype([a!, b!]), shape: broadcastShapes(a!.shape, b!.shape) }];
};
const comparison: Inference = ([a, b]) => {
  sameDtype([a!, b!]);
  return [{ dtype: 'bool', shape: broadcastShapes(a!.shape, b!.shape) }];
};
const reduction: Inference = ([x, axes], question, constantOf) => {
  mustBe(x!, 'float32', 'int64', 'int32');
  const reduced = (constantOf(axes!) ?? fail('the axes of a reduction must be constant')).map((axis) =>
    positiveAxis(axis, x!.shape.length),
  );
  const shape = x!.shape.map((dim, axis) => (reduced.includes(axis) ? 1 : dim));
  return [
    {
      dtype: x!.dtype,
      shape: number(question, 'keepdims') ? shape : shape.filter((_, axis) => !reduced.includes(axis)),
    },
  ];
};
const softmax: Inference = ([x], question) => {
  mustBe(x!, 'float32');
  positiveAxis(number(question, 'axis'), x!.shape.length);
  return [x!];
};
const matmul =
  (transposes: (question: Question) => readonly [boolean, boolean]): Inference =>
  ([a, b], question) => {
    mustBe(a!, 'float32');
    mustBe(b!, 'float32');
    if (a!.shape.length < 2 || b!.shape.length < 2)
      fail(`a product needs two axes or more on each side, found ${shapeText(a!.shape)} and ${shapeText(b!.shape)}`);
    const [transA, transB] = transposes(question);
    const [rows, left] = transA ? [a!.shape.at(-1)!, a!.shape.at(-2)] : [a!.shape.at(-2)!, a!.shape.at(-1)];
    const [columns, right] = transB ? [b!.shape.at(-2)!, b!.shape.at(-1)] : [b!.shape.at(-1)!, b!.shape.at(-2)];
    if (left !== right)
      fail(
        `the inner sizes ${left} and ${right} of ${shapeText(a!.shape)}${transA ? 'ᵀ' : ''} · ${shapeText(b!.shape)}${transB ? 'ᵀ' : ''} differ`,
      );
    const batch = broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    return [{ dtype: 'float32', shape: [...batch, rows, columns] }];
  };
const claimedShape = (question: Question): readonly Dim[] => question.claimed[0] ?? fail('no result shape was claimed');

/** What follows from the inputs of each operator; throws GraphInvalid for inputs that it refuses. */
const inferences = {
  Add: arithmetic,
  Sub: arithmetic,
  Mul: arithmetic,
  Div: arithmetic,
  Max: arithmetic,
  Min: arithmetic,
  Neg: ([x]) => [x!],
  Abs: ([x]) => [x!],
  Identity: ([x]) => [x!],
  Exp: floatUnary,
  Log: floatUnary,
  Sqrt: floatUnary,
  Reciprocal: floatUnary,
  Tanh: floatUnary,
  Sigmoid: floatUnary,
  Erf: floatUnary,
  Where: ([condition, a, b]) => {
    mustBe(condition!, 'bool');
    const shape = broadcastShapes(condition!.shape, broadcastShapes(a!.shape, b!.shape));
    return [{ dtype: sameDtype([a!, b!]), shape }];
  },
  Equal: comparison,
  LessOrEqual: comparison,
  And: ([a, b]) => {
    mustBe(a!, 'bool');
    mustBe(b!, 'bool');
    return [{ dtype: 'bool', shape: broadcastShapes(a!.shape, b!.shape) }];
  },
  Not: ([x]) => {
    mustBe(x!, 'bool');
    return [x!];
  },
  IsNaN: ([x]) => {
    mustBe(x!, 'float32');
    return [{ dtype: 'bool', shape: x!.shape }];
  },
  Cast: ([x], question) => [
    { dtype: dtypeOfCode(number(question, 'to')) ?? fail('attribute to names no known dtype'), shape: x!.shape },
  ],
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ArgMax: ([x], question) => {
    const axis = positiveAxis(number(question, 'axis'), x!.shape.length);
    return [{ dtype: 'int64', shape: x!.shape.filter((_, index) => index !== axis) }];
  },
  TopK: ([x, count], question, constantOf) => {
    mustBe(x!, 'float32');
    const k = constantOf(count!)?.[0] ?? fail('the count of a TopK must be constant');
    const shape = withDim(x!.shape, positiveAxis(number(question, 'axis'), x!.shape.length), k);
    return [
      { dtype: 'float32', shape },
      { dtype: 'int64', shape },
    ];
  },
  Sum: (x) => {
    mustBe(x[0]!, 'float32');
    for (const value of x) mustHaveShape(value, x[0]!.shape);
    return [{ dtype: sameDtype(x), shape: x[0]!.shape }];
  },
  Shape: (_, question) => [{ dtype: 'int64', shape: [number(question, 'end') - number(question, 'start')] }],
  Reshape: ([x, target], question, constantOf) => {
    const shape = claimedShape(question);
    mustBe(target!, 'int64');
    const [before, after] = [elementCount(x!.shape), elementCount(shape)];
    if (before !== null && after !== null && before !== after)
      fail(`${x!.name} ${shapeText(x!.shape)} has ${before} elements, ${shapeText(shape)} has ${after}`);
    const asked = constantOf(target!);
    if (asked && (asked.length !== shape.length || asked.some((dim, axis) => dim > 0 && dim !== shape[axis])))
      fail(`the shape input asks for ${shapeText(asked)} but ${shapeText(shape)} is claimed`);
    return [{ dtype: x!.dtype, shape }];
  },
  Transpose: ([x], question) => {
    const permutation = numbers(question, 'perm');
    if ([...permutation].sort((a, b) => a - b).join() !== [...x!.shape.keys()].join())
      fail(`${shapeText(permutation)} is no permutation of the axes of ${shapeText(x!.shape)}`);
    return [{ dtype: x!.dtype, shape: permutation.map((axis) => x!.shape[axis]!) }];
  },
  Slice: ([x, start, end, axes], _, constantOf) => {
    const [from, to, axis] = [start!, end!, axes!].map(
      (value) => constantOf(value)?.[0] ?? fail('the bounds of a slice must be constant'),
    ) as [number, number, number];
    const size = x!.shape[positiveAxis(axis, x!.shape.length)]!;
    if (typeof size === 'string') {
      if (from < 0 !== to < 0 || to < from)
        fail(`a slice ${from} to ${to} of the symbolic size ${size} has no known size`);
      return [{ dtype: x!.dtype, shape: withDim(x!.shape, axis, to - from) }];
    }
    const [first, last] = [from, to].map((bound) => (bound < 0 ? bound + size : bound)) as [number, number];
    if (first < 0 || last > size || last < first) fail(`a slice ${from} to ${to} does not lie in an axis of ${size}`);
    return [{ dtype: x!.dtype, shape: withDim(x!.shape, axis, last - first) }];
  },
  Pad: ([x, pads, value, axes], _, constantOf) => {
    sameDtype([x!, value!]);
    const [amounts, axis] = [constantOf(pads!), constantOf(axes!)?.[0]];
    if (amounts?.length !== 2 || axis === undefined)
      return fail('the amounts and the one axis of a pad must be constant');
    const size = x!.shape[positiveAxis(axis, x!.shape.length)]!;
    if (typeof size === 'string') return fail(`the symbolic axis ${size} cannot be padded`);
    return [{ dtype: x!.dtype, shape: withDim(x!.shape, axis, amounts[0]! + size + amounts[1]!) }];
  },
  Split: ([x, parts], question, constantOf) => {
    const axis = positiveAxis(number(question, 'axis'), x!.shape.length);
    const sizes = constantOf(parts!) ?? fail('the sizes of a split must be constant');
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total !== x!.shape[axis]) fail(`the parts ${shapeText(sizes)} do not add up to ${x!.shape[axis]}`);
    return sizes.map((size) => ({ dtype: x!.dtype, shape: withDim(x!.shape, axis, size) }));
  },
  Concat: (x, question) => {
    const axis = positiveAxis(number(question, 'axis'), x[0]!.shape.length);
    for (const value of x) mustHaveShape(value, withDim(x[0]!.shape, axis, value.shape[axis] ?? 0));
    const sizes = x.map((value) => value.shape[axis]!);
    const total = sizes.every((size) => typeof size === 'number')
      ? sizes.reduce((sum, size) => sum + size, 0)
      : sizes.join('+');
    return [{ dtype: sameDtype(x), shape: withDim(x[0]!.shape, axis, total) }];
  },
  Expand: ([x, target], question) => {
    const shape = claimedShape(question);
    mustBe(target!, 'int64');
    if (!sameShape(broadcastShapes(x!.shape, shape), shape))
      fail(`${x!.name} ${shapeText(x!.shape)} does not expand to ${shapeText(shape)}`);
    return [{ dtype: x!.dtype, shape }];
  },
  Gather: ([data, indices], question) => {
    mustBe(indices!, 'int64', 'int32');
    const axis = positiveAxis(number(question, 'axis'), data!.shape.length);
    return [
      { dtype: data!.dtype, shape: [...data!.shape.slice(0, axis), ...indices!.shape, ...data!.shape.slice(axis + 1)] },
    ];
  },
  GatherElements: ([data, indices], question) => {
    mustBe(indices!, 'int64', 'int32');
    const axis = positiveAxis(number(question, 'axis'), data!.shape.length);
    mustHaveShape(indices!, withDim(data!.shape, axis, indices!.shape[axis] ?? 0));
    return [{ dtype: data!.dtype, shape: indices!.shape }];
  },
  ScatterElements: ([data, indices, updates], question) => {
    mustBe(indices!, 'int64', 'int32');
    sameDtype([data!, updates!]);
    const axis = positiveAxis(number(question, 'axis'), data!.shape.length);
    mustHaveShape(indices!, withDim(data!.shape, axis, indices!.shape[axis] ?? 0));
    mustHaveShape(updates!, indices!.shape);
    return [data!];
  },
  ScatterND: ([data, indices, updates]) => {
    mustBe(indices!, 'int64');
    sameDtype([data!, updates!]);
    if (indices!.shape.at(-1) !== 1)
      fail(`${indices!.name} ${shapeText(indices!.shape)} must hold one row number each`);
    mustHaveShape(updates!, [...indices!.shape.slice(0, -1), ...data!.shape.slice(1)]);
    return [data!];
  },
  Unique: ([x], question) => {
    if (x!.shape.length !== 1) fail(`${x!.name} ${shapeText(x!.shape)} must have one axis`);
    const found = { dtype: 'int64', shape: [`distinct(${question.name})`] } as const;
    return [{ dtype: x!.dtype, shape: found.shape }, found, { dtype: 'int64', shape: x!.shape }, found];
  },
  MatMul: matmul(() => [false, false]),
  FusedMatMul: matmul((question) => [number(question, 'transA') === 1, number(question, 'transB') === 1]),
  Softmax: softmax,
  LogSoftmax: softmax,
  SimplifiedLayerNormalization: ([x, weight]) => {
    mustBe(x!, 'float32');
    mustHaveShape(weight!, x!.shape.slice(-1));
    return [x!, { dtype: 'float32', shape: withDim(x!.shape, x!.shape.length - 1, 1) }];
  },
  LayerNormalization: ([x, weight, bias]) => {
    mustBe(x!, 'float32');
    mustHaveShape(weight!, x!.shape.slice(-1));
    mustHaveShape(bias!, x!.shape.slice(-1));
    const statistic: Result = { dtype: 'float32', shape: withDim(x!.shape, x!.shape.length - 1, 1) };
    return [x!, statistic, statistic];
  },
  RotaryEmbedding: ([x, positions, cos, sin]) => {
    mustBe(x!, 'float32');
    mustBe(positions!, 'int64');
    if (x!.shape.length !== 4) fail(`${x!.name} ${shapeText(x!.shape)} must be [batch, heads, seq, headDim]`);
    const [batch, , sequence, headDim] = x!.shape;
    mustHaveShape(positions!, [batch!, sequence!]);
    if (typeof headDim !== 'number' || cos!.shape.length !== 2)
      return fail('cos and sin must be [context, headDim / 2]');
    mustHaveShape(cos!, [cos!.shape[0]!, headDim / 2]);
    mustHaveShape(sin!, cos!.shape);
    return [x!];
  },
  GroupQueryAttention: ([query, key, value, pastKey, pastValue, lengths, total], question) => {
    mustBe(lengths!, 'int32');
    mustBe(total!, 'int32');
    if (query!.shape.length !== 3)
      fail(`${query!.name} ${shapeText(query!.shape)} must be [batch, seq, heads * headDim]`);
    const [batch, sequence, width] = query!.shape;
    const [heads, kvHeads] = [number(question, 'num_heads'), number(question, 'kv_num_heads')];
    const headDim = typeof width === 'number' ? width / heads : fail('the width of a query must be known');
    mustHaveShape(key!, [batch!, sequence!, kvHeads * headDim]);
    mustHaveShape(value!, key!.shape);
    mustHaveShape(pastKey!, [batch!, kvHeads, pastKey!.shape[2] ?? 0, headDim]);
    mustHaveShape(pastValue!, pastKey!.shape);
    const present = {
      dtype: pastKey!.dtype,
      shape: question.claimed[1] ?? fail('no shape of the longer cache was claimed'),
    };
    return [query!, present, present];
  },
} as const satisfies Record<OpName, Inference>;

/** The dtypes and shapes of a node's results; throws GraphInvalid with the node's name when its inputs do not fit. */
export function inferResults(question: Question, constantOf: ConstantOf): Result[] {
  const { inputs, op, name } = question;
  const [least, most] = opTable[op].inputs;
  const present = inputs.filter((value) => value !== null);
  try {
    if (present.length !== inputs.length || inputs.length < least || inputs.length > most)
      fail(`${inputs.length} inputs were given, ${least === most ? least : `${least} to ${most}`} are expected`);
    const infer: Inference = inferences[op];
    return infer(present, question, constantOf).map(({ dtype, shape }) => ({ dtype, shape }));
  } catch (cause) {
    if (!(cause instanceof TrainerError)) throw cause;
    throw new TrainerError('GraphInvalid', `${op} ${name}: ${cause.message}.`, { cause });
  }
}

import type { OpName } from '../onnx/op-table.ts';
import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import type { DifferentiableOp } from './rules.ts';

/** Where an operand's numbers are drawn: normal, positive, or normal but away from zero. */
export type Draw = 'normal' | 'positive' | 'apart';

/** One use of an operator whose gradient the checker tries. */
export interface GradientCase {
  readonly title: string;
  readonly operands: readonly (readonly number[])[];
  readonly draw?: Draw;
  /** Linear in all operands together, so that identities must hold almost exactly. */
  readonly linear?: true;
  readonly build: (ops: Ops, ...operands: Value[]) => Value | Value[];
}

type Build = GradientCase['build'];

const scalarToCube: readonly (readonly number[])[] = [[], [5], [3, 4], [2, 3, 4]];
const broadcasts: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [3, 4],
    [3, 4],
  ],
  [[3, 4], [4]],
  [
    [3, 1],
    [1, 4],
  ],
  [[], [2, 3]],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [[1], [1, 1, 2]],
];

const unary = (method: 'neg' | 'exp' | 'tanh' | 'sigmoid' | 'erf' | 'identity', linear?: true): GradientCase[] =>
  scalarToCube.map((shape) => ({
    title: `[${shape.join()}]`,
    operands: [shape],
    ...(linear && { linear }),
    build: (ops, x) => ops[method](x),
  }));
const drawn = (method: 'log' | 'sqrt' | 'reciprocal' | 'abs', draw: Draw): GradientCase[] =>
  scalarToCube.map((shape) => ({
    title: `[${shape.join()}]`,
    operands: [shape],
    draw,
    build: (ops, x) => ops[method](x),
  }));
const binary = (build: Build, options: Partial<GradientCase> = {}): GradientCase[] => [
  ...broadcasts.map(([a, b]) => ({ title: `[${a.join()}] and [${b.join()}]`, operands: [a, b], ...options, build })),
  { title: 'one value twice', operands: [[3, 2]], ...options, build: (ops, x) => build(ops, x, ops.mul(x, 0.5)) },
];
const one = (
  title: string,
  shape: readonly number[],
  build: Build,
  options: Partial<GradientCase> = {},
): GradientCase => ({
  title: `${title} of [${shape.join()}]`,
  operands: [shape],
  ...options,
  build,
});
const linear = { linear: true } as const;
const product = (
  a: readonly number[],
  b: readonly number[],
  options?: { transA?: boolean; transB?: boolean; alpha?: number },
): GradientCase => ({
  title: `[${a.join()}]${options?.transA ? 'ᵀ' : ''} · [${b.join()}]${options?.transB ? 'ᵀ' : ''} · ${options?.alpha ?? 1}`,
  operands: [a, b],
  build: (ops, left, right) => ops.matmul(left, right, options),
});
const reductions = (
  method: 'reduceSum' | 'reduceMean' | 'reduceMax',
  options: Partial<GradientCase>,
): GradientCase[] => [
  one('last axis', [3, 4], (ops, x) => ops[method](x, [-1]), options),
  one('first axis, dropped', [3, 4], (ops, x) => ops[method](x, [0], false), options),
  one('two axes', [2, 3, 4], (ops, x) => ops[method](x, [0, 2]), options),
  one('two axes, dropped', [2, 3, 4], (ops, x) => ops[method](x, [2, 1], false), options),
  one('all axes, dropped', [2, 3], (ops, x) => ops[method](x, [0, 1], false), options),
];
const someOf = (ops: Ops, shape: readonly number[], dtype: 'bool'): Value =>
  ops.cast(
    ops.constant(
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i * 7 + 3) % 3 && 1),
      shape,
    ),
    dtype,
  );

/** Uses of every operator that has a rule, at several shapes. */
const gradientCases = {
  Add: binary((ops, a, b) => ops.add(a, b), linear),
  Sub: binary((ops, a, b) => ops.sub(a, b), linear),
  Mul: binary((ops, a, b) => ops.mul(a, b)),
  Div: binary((ops, a, b) => ops.div(a, b), { draw: 'positive' }),
  Max: binary((ops, a, b) => ops.max(a, b), { draw: 'apart' }),
  Min: binary((ops, a, b) => ops.min(a, b), { draw: 'apart' }),
  Neg: unary('neg', true),
  Exp: unary('exp'),
  Log: drawn('log', 'positive'),
  Sqrt: drawn('sqrt', 'positive'),
  Reciprocal: drawn('reciprocal', 'positive'),
  Tanh: unary('tanh'),
  Sigmoid: unary('sigmoid'),
  Erf: unary('erf'),
  Abs: drawn('abs', 'apart'),
  Identity: unary('identity', true),
  Where: [
    ...binary((ops, a, b) => ops.where(someOf(ops, [1], 'bool'), a, b), linear),
    {
      title: 'a mask that varies',
      operands: [[4, 3], [3]],
      linear: true,
      build: (ops, a, b) => ops.where(someOf(ops, [4, 3], 'bool'), a, b),
    },
  ],
  ReduceSum: reductions('reduceSum', linear),
  ReduceMean: reductions('reduceMean', linear),
  ReduceMax: reductions('reduceMax', { draw: 'apart' }),
  Sum: [1, 2, 3].map((count) => ({
    title: `${count} of [2,3]`,
    operands: Array.from({ length: count }, () => [2, 3]),
    linear: true as const,
    build: (ops: Ops, ...values: Value[]) => ops.sum([...values, ops.constant(1, [2, 3])]),
  })),
  Reshape: [
    one('flatten', [2, 3, 4], (ops, x) => ops.reshape(x, [24]), linear),
    one('fold', [6], (ops, x) => ops.reshape(x, [3, 2]), linear),
    one('to a scalar', [1, 1], (ops, x) => ops.reshape(x, []), linear),
  ],
  Transpose: [
    one('matrix', [3, 4], (ops, x) => ops.transpose(x, [1, 0]), linear),
    one('cycle', [2, 3, 4], (ops, x) => ops.transpose(x, [1, 2, 0]), linear),
    one('heads', [2, 3, 4, 5], (ops, x) => ops.transpose(x, [0, 2, 1, 3]), linear),
  ],
  Slice: [
    one('start', [5], (ops, x) => ops.slice(x, 0, 0, 2), linear),
    one('middle', [3, 6], (ops, x) => ops.slice(x, -1, 2, 5), linear),
    one('end by negative bounds', [2, 5, 2], (ops, x) => ops.slice(x, 1, -3, -1), linear),
    one('two siblings', [4, 2], (ops, x) => [ops.slice(x, 0, 0, 3), ops.slice(x, 0, 2, 4)], linear),
  ],
  Pad: [
    one('both ends', [3], (ops, x) => ops.pad(x, 0, 1, 2), linear),
    one('last axis', [2, 3], (ops, x) => ops.pad(x, -1, 0, 2), linear),
    one('middle axis', [2, 2, 2], (ops, x) => ops.pad(x, 1, 3, 0), linear),
  ],
  Split: [
    one('all parts', [2, 7], (ops, x) => ops.split(x, 1, [1, 4, 2]), linear),
    one('some parts', [6, 2], (ops, x) => ops.split(x, 0, [1, 2, 3]).slice(1, 2), linear),
    one('a middle axis', [2, 4, 3], (ops, x) => ops.split(x, -2, [3, 1]), linear),
  ],
  Concat: [
    {
      title: 'rows',
      operands: [
        [2, 3],
        [1, 3],
      ],
      linear: true,
      build: (ops, a, b) => ops.concat([a, b], 0),
    },
    {
      title: 'columns',
      operands: [
        [2, 1],
        [2, 2],
        [2, 3],
      ],
      linear: true,
      build: (ops, ...x) => ops.concat(x, -1),
    },
    { title: 'a value twice', operands: [[2, 3]], linear: true, build: (ops, x) => ops.concat([x, x], 1) },
  ],
  Expand: [
    one('row', [4], (ops, x) => ops.expand(x, [3, 4]), linear),
    one('inner axis', [2, 1, 3], (ops, x) => ops.expand(x, [2, 4, 3]), linear),
    one('scalar', [], (ops, x) => ops.expand(x, [2, 2]), linear),
  ],
  Gather: [
    one('repeated rows', [5, 3], (ops, x) => ops.gather(x, ops.constant([4, 0, 4, 2, 4])), linear),
    one('rows by a matrix', [4, 2, 3], (ops, x) => ops.gather(x, ops.constant([1, 1, 3, 0], [2, 2])), linear),
    one('int32 rows', [4, 2], (ops, x) => ops.gather(x, ops.constant(Int32Array.of(3, 1, 3))), linear),
    one('columns', [3, 4], (ops, x) => ops.gather(x, ops.constant([2, 2, 0]), 1), linear),
    one('middle axis by a matrix', [2, 4, 3], (ops, x) => ops.gather(x, ops.constant([3, 0, 1, 1], [2, 2]), 1), linear),
    one('beside another use', [3, 2], (ops, x) => [ops.gather(x, ops.constant([0, 2, 2])), ops.mul(x, 3)], linear),
  ],
  GatherElements: [
    one('columns', [3, 4], (ops, x) => ops.gatherElements(x, ops.constant([1, 3, 0], [3, 1]), 1), linear),
    one('repeated', [3, 2], (ops, x) => ops.gatherElements(x, ops.constant([2, 2, 0, 2], [2, 2]), 0), linear),
    one(
      'beside another use',
      [2, 3],
      (ops, x) => [ops.gatherElements(x, ops.constant([1, 1], [2, 1]), 1), ops.neg(x)],
      linear,
    ),
  ],
  ScatterElements: [
    {
      title: 'columns',
      operands: [
        [2, 4],
        [2, 2],
      ],
      linear: true,
      build: (ops, data, updates) => ops.scatterElements(data, ops.constant([1, 1, 3, 0], [2, 2]), updates, 1),
    },
    {
      title: 'rows',
      operands: [
        [3, 2],
        [1, 2],
      ],
      linear: true,
      build: (ops, data, updates) => ops.scatterElements(data, ops.constant([2, 0], [1, 2]), updates, 0),
    },
  ],
  ScatterND: [
    {
      title: 'repeated rows',
      operands: [
        [4, 3],
        [3, 3],
      ],
      linear: true,
      build: (ops, data, updates) => ops.scatterRows(data, ops.constant([1, 3, 1]), updates),
    },
    {
      title: 'rows by a matrix',
      operands: [
        [3, 2, 2],
        [2, 2, 2, 2],
      ],
      linear: true,
      build: (ops, data, updates) => ops.scatterRows(data, ops.constant([2, 0, 2, 2], [2, 2]), updates),
    },
  ],
  MatMul: [
    product([3, 4], [4, 5]),
    product([1, 4], [4, 1]),
    product([2, 3, 4], [4, 5]),
    product([2, 3, 4], [2, 4, 5]),
    product([2, 1, 3, 4], [2, 4, 2]),
    product([3, 5], [5, 256]),
  ],
  FusedMatMul: [
    product([3, 4], [5, 4], { transB: true }),
    product([3, 256], [5, 256], { transB: true, alpha: 0.5 }),
    product([4, 3], [4, 5], { transA: true }),
    product([4, 3], [5, 4], { transA: true, transB: true }),
    product([3, 4], [4, 5], { alpha: 0.25 }),
    product([2, 3, 4], [5, 4], { transB: true, alpha: -2 }),
    product([2, 4, 3], [4, 5], { transA: true }),
    product([2, 2, 3, 4], [2, 2, 5, 4], { transB: true, alpha: 0.5 }),
    product([2, 2, 4, 3], [2, 1, 4, 5], { transA: true }),
    product([2, 4, 3], [2, 5, 4], { transA: true, transB: true }),
  ],
  Softmax: [
    one('last axis', [3, 4], (ops, x) => ops.softmax(x, -1)),
    one('last axis', [2, 2, 3, 5], (ops, x) => ops.softmax(x, 3)),
    one('first axis', [3, 4], (ops, x) => ops.softmax(x, 0)),
  ],
  LogSoftmax: [
    one('last axis', [3, 4], (ops, x) => ops.logSoftmax(x, -1)),
    one('middle axis', [2, 3, 4], (ops, x) => ops.logSoftmax(x, 1)),
  ],
  SimplifiedLayerNormalization: [
    { title: '[3,8]', operands: [[3, 8], [8]], build: (ops, x, weight) => ops.rmsNorm(x, weight, 1e-5) },
    { title: '[2,3,4]', operands: [[2, 3, 4], [4]], build: (ops, x, weight) => ops.rmsNorm(x, weight, 1e-2) },
  ],
  LayerNormalization: [
    { title: '[3,8]', operands: [[3, 8], [8], [8]], build: (ops, x, w, b) => ops.layerNorm(x, w, b, 1e-5) },
    { title: '[2,3,4]', operands: [[2, 3, 4], [4], [4]], build: (ops, x, w, b) => ops.layerNorm(x, w, b, 1e-2) },
  ],
  RotaryEmbedding: [
    rotary([1, 1, 2, 4], [[0, 1]]),
    rotary(
      [2, 3, 3, 8],
      [
        [0, 1, 2],
        [4, 0, 3],
      ],
    ),
  ],
} satisfies Record<DifferentiableOp, readonly GradientCase[]>;

function rotary(
  shape: readonly [number, number, number, number],
  positions: readonly (readonly number[])[],
): GradientCase {
  const half = shape[3] / 2;
  const angles = Array.from({ length: 5 * half }, (_, i) => Math.floor(i / half) / 3 ** (i % half));
  return one(
    'positions',
    shape,
    (ops, x) =>
      ops.rotaryEmbedding(
        x,
        ops.constant(positions.flat(), [shape[0], shape[2]]),
        ops.constant(Float32Array.from(angles, Math.cos), [5, half]),
        ops.constant(Float32Array.from(angles, Math.sin), [5, half]),
      ),
    linear,
  );
}

/** Every case with its operator. */
export const allGradientCases: readonly (GradientCase & { readonly op: OpName })[] = Object.entries(
  gradientCases,
).flatMap(([op, cases]) => (cases as readonly GradientCase[]).map((one) => ({ ...one, op: op as OpName })));

import { expect, test } from 'vitest';
import { createSession } from '../runtime/session.ts';
import { type Tensor, floatTensor, int32Tensor } from '../runtime/tensor.ts';
import { type OpName, opTable } from './op-table.ts';
import { createOps, type Ops } from './ops.ts';
import type { Value } from './value.ts';

const given = floatTensor([0.5, -1, 2, 0.25, 1, -2], [2, 3]);
const column = [2, 1] as const;

/** A use of every operator that makes just it do the work. */
const uses: Record<OpName, (ops: Ops, x: Value) => Value> = {
  Add: (ops, x) => ops.add(x, 1),
  Sub: (ops, x) => ops.sub(1, x),
  Mul: (ops, x) => ops.mul(x, x),
  Div: (ops, x) => ops.div(x, 2),
  Max: (ops, x) => ops.max(x, 0),
  Min: (ops, x) => ops.min(x, 0),
  Neg: (ops, x) => ops.neg(x),
  Exp: (ops, x) => ops.exp(x),
  Log: (ops, x) => ops.log(x),
  Sqrt: (ops, x) => ops.sqrt(x),
  Reciprocal: (ops, x) => ops.reciprocal(x),
  Tanh: (ops, x) => ops.tanh(x),
  Sigmoid: (ops, x) => ops.sigmoid(x),
  Erf: (ops, x) => ops.erf(x),
  Abs: (ops, x) => ops.abs(x),
  Identity: (ops, x) => ops.identity(x),
  Where: (ops, x) => ops.where(ops.lessOrEqual(x, 0), x, 9),
  Equal: (ops, x) => ops.equal(x, 2),
  LessOrEqual: (ops, x) => ops.lessOrEqual(x, 0.5),
  And: (ops, x) => ops.and(ops.lessOrEqual(x, 1), ops.lessOrEqual(0, x)),
  Not: (ops, x) => ops.not(ops.isNaN(x)),
  IsNaN: (ops, x) => ops.isNaN(ops.log(x)),
  Cast: (ops, x) => ops.cast(x, 'int32'),
  ReduceSum: (ops, x) => ops.reduceSum(x, [1]),
  ReduceMean: (ops, x) => ops.reduceMean(x, [0], false),
  ReduceMax: (ops, x) => ops.reduceMax(x, [-1]),
  ArgMax: (ops, x) => ops.argMax(x, 1),
  TopK: (ops, x) => ops.topK(x, 1, 2).indices,
  Sum: (ops, x) => ops.sum([x, x, x]),
  Shape: (ops, x) => ops.emitOne('Shape', [x], { start: 0, end: 1 }),
  Reshape: (ops, x) => ops.reshape(x, [3, 2]),
  Transpose: (ops, x) => ops.transpose(x, [1, 0]),
  Slice: (ops, x) => ops.slice(x, 1, -2, 3),
  Pad: (ops, x) => ops.pad(x, 0, 1, 0),
  Split: (ops, x) => ops.split(x, 1, [1, 2])[1]!,
  Concat: (ops, x) => ops.concat([x, x], 1),
  Expand: (ops, x) => ops.expand(x, [2, 2, 3]),
  Gather: (ops, x) => ops.gather(x, ops.constant([1, 1])),
  GatherElements: (ops, x) => ops.gatherElements(x, ops.constant([2, 0], column), 1),
  ScatterElements: (ops, x) =>
    ops.scatterElements(x, ops.constant([2, 0], column), ops.constant(Float32Array.of(1, 1), column), 1),
  ScatterND: (ops, x) => ops.scatterRows(x, ops.constant([1]), ops.constant(1, [1, 3])),
  Unique: (ops, x) => ops.emit('Unique', [ops.reshape(ops.cast(x, 'int64'), [6])], { sorted: 1 })[0]!,
  MatMul: (ops, x) => ops.matmul(x, ops.constant(1, [3, 1])),
  FusedMatMul: (ops, x) => ops.matmul(x, x, { transB: true, alpha: 2 }),
  Softmax: (ops, x) => ops.softmax(x, -1),
  LogSoftmax: (ops, x) => ops.logSoftmax(x, 0),
  SimplifiedLayerNormalization: (ops, x) => ops.rmsNorm(x, ops.constant(1, [3]), 1e-5),
  LayerNormalization: (ops, x) => ops.layerNorm(x, ops.constant(1, [3]), ops.constant(0, [3]), 1e-5),
  RotaryEmbedding: (ops, x) => {
    const heads = ops.reshape(ops.slice(x, 1, 0, 2), [1, 1, 2, 2]);
    const table = ops.constant(Float32Array.of(1, 0), [2, 1]);
    return ops.rotaryEmbedding(heads, ops.constant([0, 1], [1, 2]), table, ops.sub(1, table));
  },
  GroupQueryAttention: (ops, x) => {
    const query = ops.reshape(ops.concat([x, x, x, x], 0), [1, 1, 24]);
    const key = ops.reshape(ops.concat([x, ops.slice(x, 1, 0, 1)], 1), [1, 1, 8]);
    const past = ops.constant(1, [1, 1, 2, 8]);
    return ops.groupQueryAttention({
      query,
      key,
      value: key,
      pastKey: past,
      pastValue: past,
      seqlensK: ops.constant(Int32Array.of(2)),
      totalSequenceLength: ops.constant(Int32Array.of(3)),
      heads: 3,
      kvHeads: 1,
      totalSequence: 3,
    })[0];
  },
};

async function run(ops: Ops, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

test.each(Object.keys(opTable) as OpName[])('the runtime has %s, and its result is what was inferred', async (op) => {
  const ops = createOps('one');
  const y = uses[op](ops, ops.input('x', 'float32', [2, 3]));
  expect(ops.nodes.map((node) => node.op)).toContain(op);
  ops.output('y', y);
  const result = (await run(ops, { x: given }))['y']!;
  expect(result.dtype).toBe(y.dtype);
  expect(result.shape.length).toBe(y.shape.length);
  for (const [axis, dim] of y.shape.entries()) if (typeof dim === 'number') expect(result.shape[axis]).toBe(dim);
});

test('numbers become constants of the other operand, each stored once', () => {
  const ops = createOps('constants');
  const x = ops.input('x', 'int64', [2]);
  ops.output('y', ops.add(ops.mul(x, 3), ops.add(3, ops.constant([3, 3]))));
  ops.output('z', ops.mul(ops.constant(3), ops.constant(3)));
  expect(ops.graph().initializers.map(({ value }) => [value.name, value.dtype, value.shape])).toEqual([
    ['constant/3', 'int64', []],
    ['constant/int64[2]', 'int64', [2]],
    ['constant/3_1', 'float32', []],
  ]);
});

test('zero and minus zero are different constants', async () => {
  const ops = createOps('zeros');
  const x = ops.input('x', 'float32', [2, 3]);
  ops.output('plus', ops.div(1, ops.mul(ops.constant(0), ops.abs(x))));
  ops.output('minus', ops.div(1, ops.mul(ops.constant(-0), ops.abs(x))));
  const { plus, minus } = await run(ops, { x: given });
  expect([plus!.data[0], minus!.data[0]]).toEqual([Infinity, -Infinity]);
});

test('large arrays are stored as given, without a copy, and once', () => {
  const ops = createOps('arrays');
  const data = new Float32Array(100);
  const [a, b] = [ops.constant(data, [10, 10]), ops.constant(data, [10, 10])];
  expect(a).toBe(b);
  ops.output('y', ops.neg(a));
  expect(ops.graph().initializers[0]!.data).toBe(data);
});

test('the graph keeps only what its outputs need', () => {
  const ops = createOps('pruned');
  const x = ops.input('x', 'float32', [2, 3]);
  ops.initializer('unused', 'float32', [1], new Float32Array(1));
  ops.exp(x);
  ops.output('y', ops.layerNorm(x, ops.constant(1, [3]), ops.constant(0, [3]), 1e-5));
  const { nodes, initializers } = ops.graph();
  expect(nodes.map(({ op, outputs }) => [op, outputs.length])).toEqual([['LayerNormalization', 1]]);
  expect(initializers).toHaveLength(2);
});

test.each([
  [
    'shapes that do not broadcast',
    (ops: Ops, x: Value) => ops.add(x, ops.constant(1, [2])),
    /Add Add: shapes \[2, 3\]/,
  ],
  [
    'other dtypes',
    (ops: Ops, x: Value) => ops.add(x, ops.cast(x, 'int64')),
    /x is float32 but Cast is int64; cast one/,
  ],
  ['unequal inner sizes', (ops: Ops, x: Value) => ops.matmul(x, x), /the inner sizes 3 and 2/],
  ['another element count', (ops: Ops, x: Value) => ops.reshape(x, [7]), /\[2, 3\] has 6 elements, \[7\] has 7/],
  ['a slice outside', (ops: Ops, x: Value) => ops.slice(x, 1, 1, 5), /slice 1 to 5 does not lie in an axis of 3/],
  ['parts that miss the size', (ops: Ops, x: Value) => ops.split(x, 1, [1, 1]), /do not add up to 3/],
  ['an axis outside', (ops: Ops, x: Value) => ops.softmax(x, 2), /axis 2 is outside a shape of rank 2/],
  ['a wrong array', (ops: Ops) => ops.constant(new Int32Array(2), [2], 'float32'), /float32 was given a Int32Array/],
  ['a taken name', (ops: Ops) => ops.input('x', 'float32', []), /two values named x/],
  ['a symbol without carrier', (ops: Ops, x: Value) => ops.expand(ops.slice(x, 0, 0, 1), ['n', 3]), /size n/],
])('refuses %s and says where', (_, build, message) => {
  const ops = createOps('wrong');
  const x = ops.input('x', 'float32', [2, 3]);
  expect(() => build(ops, x)).toThrow(message);
});

test.each([false, true])(
  'grouped-query attention of one new token agrees with softmax (rotary: %s)',
  async (rotary) => {
    const ops = createOps('decode');
    const [heads, kvHeads, headDim, past] = [2, 1, 16, 3];
    const input = (name: string, width: number): Value => ops.input(name, 'float32', [1, 1, width]);
    const cache = (name: string): Value => ops.input(name, 'float32', [1, kvHeads, 'past', headDim]);
    const [query, key, value] = [input('q', heads * headDim), input('k', headDim), input('v', headDim)];
    const [pastKey, pastValue] = [cache('pastKey'), cache('pastValue')];
    const angles = Array.from({ length: 64 }, (_, i) => Math.floor(i / 8) / 2 ** (i % 8));
    const table = (of: (angle: number) => number): Value => ops.constant(Float32Array.from(angles, of), [8, 8]);
    const [cos, sin] = [table(Math.cos), table(Math.sin)];
    const [fused, presentKey] = ops.groupQueryAttention({
      query,
      key,
      value,
      pastKey,
      pastValue,
      seqlensK: ops.input('lengths', 'int32', [1]),
      totalSequenceLength: ops.input('total', 'int32', [1]),
      heads,
      kvHeads,
      totalSequence: 'total',
      ...(rotary && { rotary: { cos, sin } }),
    });
    ops.output('fused', fused);
    ops.output('presentKey', presentKey);
    const rotate = (x: Value): Value => (rotary ? ops.rotaryEmbedding(x, ops.constant([past], [1, 1]), cos, sin) : x);
    const newKey = rotate(ops.reshape(key, [1, kvHeads, 1, headDim]));
    const queries = ops.reshape(rotate(ops.reshape(query, [1, heads, 1, headDim])), [1, kvHeads, heads, headDim]);
    const keys = ops.concat([pastKey, newKey], 2);
    const values = ops.concat([pastValue, ops.reshape(value, [1, kvHeads, 1, headDim])], 2);
    const weights = ops.softmax(ops.matmul(queries, keys, { transB: true, alpha: 1 / Math.sqrt(headDim) }), -1);
    ops.output('plain', ops.reshape(ops.matmul(weights, values), [1, 1, heads * headDim]));
    const wave = (count: number, shape: number[]): Tensor =>
      floatTensor(
        Array.from({ length: count }, (_, i) => Math.sin(i * i + count)),
        shape,
      );
    const results = await run(ops, {
      q: wave(32, [1, 1, 32]),
      k: wave(16, [1, 1, 16]),
      v: wave(16, [1, 1, 16]),
      pastKey: wave(48, [1, 1, past, 16]),
      pastValue: wave(48, [1, 1, past, 16]),
      lengths: int32Tensor([past]),
      total: int32Tensor([past + 1]),
    });
    expect(results['presentKey']!.shape).toEqual([1, 1, 4, 16]);
    for (const [i, number] of (results['plain']!.data as Float32Array).entries())
      expect(results['fused']!.data[i]).toBeCloseTo(number, 5);
  },
);

test('rows of one index add up exactly, on several threads', async () => {
  const ops = createOps('scatter');
  const [count, width] = [2048, 64];
  const indices = ops.input('indices', 'int64', [count]);
  ops.output('y', ops.scatterRows(ops.constant(0, [16, width]), indices, ops.constant(1, [count, width])));
  const session = await createSession({ graph: ops.graph() }, { threads: 2 });
  const data = BigInt64Array.from({ length: count }, (_, i) => BigInt(i % 4));
  for (let round = 0; round < 5; round++) {
    const { y } = await session.run({ indices: { dtype: 'int64', shape: [count], data } });
    expect(new Set(y!.data.subarray(0, 4 * width) as Float32Array)).toEqual(new Set([count / 4]));
    expect(new Set(y!.data.subarray(4 * width) as Float32Array)).toEqual(new Set([0]));
  }
  await session.release();
});

test.each([
  ['with a divisor', 128 * 4000],
  ['prime', 65_537],
  ['with small divisors only', 2 * 131_071],
])('a large sum of a size %s is accurate', async (_, count) => {
  const ops = createOps('sum');
  const x = ops.input('x', 'float32', [count]);
  ops.output('y', ops.reduceSum(ops.mul(x, x), [0], false));
  const data = Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7) * (1 + (i % 7)));
  const exact = data.reduce((sum, value) => sum + value * value, 0);
  const { y } = await run(ops, { x: floatTensor(data) });
  expect(Math.abs((y!.data[0] as number) / exact - 1)).toBeLessThan(1e-6);
});

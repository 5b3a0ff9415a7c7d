import { expect, test } from 'vitest';
import { createOps, type Ops } from '../onnx/ops.ts';
import { printGraph } from '../onnx/print-graph.ts';
import type { Value } from '../onnx/value.ts';
import { createSession } from '../runtime/session.ts';
import { floatTensor, type Tensor } from '../runtime/tensor.ts';
import { grad } from './grad.ts';

const total = (ops: Ops, x: Value): Value => ops.reduceSum(x, [...x.shape.keys()], false);

async function evaluate(ops: Ops, value: Value, feeds: Record<string, Tensor>): Promise<number[]> {
  ops.output('result', value);
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  const { result } = await session.run(feeds);
  await session.release();
  return Array.from(result!.data as Float32Array);
}

test('gradient nodes carry the name of the node they reverse, and read as a graph', () => {
  const ops = createOps('gradient');
  const [x, w] = [ops.input('x', 'float32', [2, 3]), ops.input('w', 'float32', [4, 3])];
  const y = ops.scope('layer', () => ops.tanh(ops.matmul(x, w, { transB: true })));
  ops.output('dw', grad(ops, total(ops, y), [w])[0]!);
  expect(printGraph(ops.graph())).toBe(`graph gradient
  input x: float32 [2, 3]
  input w: float32 [4, 3]
  const constant/1: float32 [] = [1]
  const constant/int64[2]_1: int64 [2] = [1, 1]
  const constant/int64[2]_2: int64 [2] = [2, 4]
  layer/FusedMatMul: float32 [2, 4] = FusedMatMul(x, w, transA=0, transB=1, alpha=1)
  layer/Tanh: float32 [2, 4] = Tanh(layer/FusedMatMul)
  ReduceSum/grad/Reshape: float32 [1, 1] = Reshape(constant/1, constant/int64[2]_1)
  ReduceSum/grad/Expand: float32 [2, 4] = Expand(ReduceSum/grad/Reshape, constant/int64[2]_2)
  layer/Tanh/grad/Mul: float32 [2, 4] = Mul(layer/Tanh, layer/Tanh)
  layer/Tanh/grad/Sub: float32 [2, 4] = Sub(constant/1, layer/Tanh/grad/Mul)
  layer/Tanh/grad/Mul_1: float32 [2, 4] = Mul(ReduceSum/grad/Expand, layer/Tanh/grad/Sub)
  layer/FusedMatMul/grad/FusedMatMul: float32 [4, 3] = FusedMatMul(layer/Tanh/grad/Mul_1, x, transA=1, transB=0, alpha=1)
  output dw = layer/FusedMatMul/grad/FusedMatMul
`);
});

test('nothing is built for inputs that nobody wants the gradient of', () => {
  const ops = createOps('frozen');
  const [x, frozen, w] = ['x', 'frozen', 'w'].map((name) => ops.input(name, 'float32', [3, 3])) as [
    Value,
    Value,
    Value,
  ];
  const loss = total(ops, ops.matmul(ops.mul(ops.matmul(x, frozen), w), frozen));
  const before = ops.nodes.length;
  grad(ops, loss, [w]);
  const built = ops.nodes.slice(before).map(({ name }) => name);
  expect(built.filter((name) => name.startsWith('MatMul/'))).toEqual([]);
  expect(built.filter((name) => name.startsWith('MatMul_1/'))).toHaveLength(1);
});

test('several uses of a value add up', async () => {
  const ops = createOps('uses');
  const x = ops.input('x', 'float32', [2]);
  const y = ops.sum([ops.mul(x, x), ops.mul(x, 3), ops.exp(ops.mul(x, 0)), x]);
  const [dx] = grad(ops, total(ops, y), [x]);
  expect(await evaluate(ops, dx!, { x: floatTensor([1, 5]) })).toEqual([6, 14]);
});

test('rows gathered from a tied matrix land on the gradient of its product, without a matrix of zeros', async () => {
  const ops = createOps('tied');
  const table = ops.input('table', 'float32', [100, 64]);
  const hidden = ops.gather(table, ops.constant([5, 5, 7]));
  const loss = total(ops, ops.matmul(ops.constant(2, [1, 64]), table, { transB: true }));
  const [dTable] = grad(ops, ops.add(loss, total(ops, hidden)), [table]);
  const result = await evaluate(ops, dTable!, { table: floatTensor(new Float32Array(6400), [100, 64]) });
  expect([4, 5, 6, 7].map((row) => result[row * 64])).toEqual([2, 4, 2, 3]);
  expect(ops.graph().nodes.filter(({ op, outputs }) => op === 'Expand' && outputs[0]!.shape[0] === 100)).toEqual([]);
});

test('a loss that is the wanted value itself has gradient one', async () => {
  const ops = createOps('itself');
  const x = ops.input('x', 'float32', []);
  expect(await evaluate(ops, grad(ops, x, [x])[0]!, { x: floatTensor(4) })).toEqual([1]);
});

test('a gradient group uses its own rule, and nodes inside it none', async () => {
  const ops = createOps('group');
  const x = ops.input('x', 'float32', [2]);
  const [y] = ops.customGradient(
    [x],
    // Rounding is flat almost everywhere; the gradient goes straight through.
    () => [ops.cast(ops.cast(x, 'int32'), 'float32')],
    (g, [dy]) => [g.mul(dy!, 10)],
  );
  const [dx] = grad(ops, total(ops, ops.mul(y!, y!)), [x]);
  expect(await evaluate(ops, dx!, { x: floatTensor([1.5, 3.25]) })).toEqual([20, 60]);
});

test('a group inside a group is covered by the outer one', async () => {
  const ops = createOps('nested');
  const x = ops.input('x', 'float32', [1]);
  const inner = (): Value =>
    ops.customGradient(
      [x],
      () => [ops.neg(x)],
      () => [ops.constant(7, [1])],
    )[0]!;
  const [y] = ops.customGradient(
    [x],
    () => [ops.mul(inner(), 2)],
    (_, [dy]) => [dy!],
  );
  expect(await evaluate(ops, grad(ops, total(ops, y!), [x])[0]!, { x: floatTensor([1]) })).toEqual([1]);
});

test('a group may give a gradient in a broadcast shape, or none', async () => {
  const ops = createOps('broadcast');
  const [x, scale] = [ops.input('x', 'float32', [2, 3]), ops.input('scale', 'float32', [3])];
  const [y] = ops.customGradient(
    [x, scale],
    () => [ops.mul(x, scale)],
    (g, [dy]) => [null, g.mul(dy!, x)],
  );
  const feeds = { x: floatTensor([1, 2, 3, 4, 5, 6], [2, 3]), scale: floatTensor([1, 1, 1]) };
  expect(await evaluate(ops, grad(ops, total(ops, y!), [scale])[0]!, feeds)).toEqual([5, 7, 9]);
  expect(() => grad(ops, total(ops, y!), [x])).toThrow(/does not depend on x/);
});

test.each<[string, (ops: Ops, x: Value) => unknown, RegExp]>([
  [
    'a loss that is no scalar',
    (ops, x) => grad(ops, ops.neg(x), [x]),
    /Neg, float32 \[2, 2\].*reduce it to one float32/,
  ],
  [
    'a wanted value that the loss does not depend on',
    (ops, x) => grad(ops, total(ops, ops.constant(1, [2])), [x]),
    /does not depend on x/,
  ],
  [
    'a wanted value behind steps',
    (ops, x) => grad(ops, total(ops, ops.cast(ops.argMax(x, 0), 'float32')), [x]),
    /does not depend on x/,
  ],
  [
    'an operator of inference only',
    (ops, x) => {
      const flat = ops.reshape(ops.concat([x, x], 0), [1, 1, 8]);
      const past = ops.constant(0, [1, 1, 1, 8]);
      const [y] = ops.groupQueryAttention({
        query: flat,
        key: flat,
        value: flat,
        pastKey: past,
        pastValue: past,
        seqlensK: ops.constant(Int32Array.of(1)),
        totalSequenceLength: ops.constant(Int32Array.of(2)),
        heads: 1,
        kvHeads: 1,
        totalSequence: 2,
      });
      return grad(ops, total(ops, y), [x]);
    },
    /GroupQueryAttention GroupQueryAttention has no gradient for training graphs/,
  ],
  [
    'the statistics of a normalisation',
    (ops, x) => {
      ops.rmsNorm(x, ops.constant(1, [2]), 1e-5);
      return grad(ops, total(ops, ops.nodes.at(-1)!.outputs[1]!), [x]);
    },
    /reaches the statistics of SimplifiedLayerNormalization/,
  ],
  [
    'a group that hides what it varies with',
    (ops, x) => {
      const [y] = ops.customGradient(
        [ops.constant(1)],
        () => [ops.neg(x)],
        () => [null],
      );
      return grad(ops, total(ops, y!), [x]);
    },
    /Neg uses x, which its gradient group does not list/,
  ],
  [
    'a value taken out of a group past its outputs',
    (ops, x) => {
      let inside = x;
      ops.customGradient(
        [x],
        () => [ops.neg((inside = ops.exp(x)))],
        (_, [dy]) => [dy!],
      );
      return grad(ops, total(ops, ops.mul(inside, 2)), [x]);
    },
    /Mul uses Exp from inside a gradient group/,
  ],
])('refuses %s', (_, build, message) => {
  const ops = createOps('refused');
  expect(() => build(ops, ops.input('x', 'float32', [2, 2]))).toThrow(message);
});

import { expect, test } from 'vitest';
import { createOps } from './ops.ts';
import { printGraph } from './print-graph.ts';

test('a graph reads as one line for each input, constant, node and output', () => {
  const ops = createOps('linear');
  const x = ops.input('x', 'float32', ['rows', 3]);
  const w = ops.initializer('w', 'float32', [2, 3], { location: 'model.safetensors', offset: 96, length: 24 });
  const b = ops.initializer(
    'b',
    'float32',
    [10],
    Float32Array.from({ length: 10 }, (_, i) => i / 2),
  );
  const y = ops.scope('layer', () => ops.scope('linear', () => ops.matmul(x, w, { transB: true, alpha: 0.5 })));
  const [, right] = ops.split(y, 1, [1, 1]);
  ops.output('y', ops.add(right!, b));
  expect(printGraph(ops.graph())).toBe(`graph linear
  input x: float32 [rows, 3]
  const w: float32 [2, 3] = model.safetensors @ 96
  const b: float32 [10] = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, …]
  const constant/int64[2]: int64 [2] = [1, 1]
  layer/linear/FusedMatMul: float32 [rows, 2] = FusedMatMul(x, w, transA=0, transB=1, alpha=0.5)
  Split: float32 [rows, 1], Split.1: float32 [rows, 1] = Split(layer/linear/FusedMatMul, constant/int64[2], axis=1)
  Add: float32 [rows, 10] = Add(Split.1, b)
  output y = Add
`);
});

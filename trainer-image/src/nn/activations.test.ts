import { expect, test } from 'vitest';
import { createOps } from '../onnx/ops.ts';
import { createSession } from '../runtime/session.ts';
import { grad } from '../autodiff/grad.ts';
import { geluTanh, swiglu } from './activations.ts';

const x = Float32Array.of(-12, -3, -1.5, -0.3, 0, 0.2, 1, 4, 12);
const up = Float32Array.of(1, -2, 0.5, 3, 1, -1, 2, 0.25, 1);
const distance = (found: unknown, expected: readonly number[]): number =>
  Math.max(...expected.map((value, i) => Math.abs((found as Float32Array)[i]! - value)));

test('GELU and its slope are those of the tanh form', async () => {
  const ops = createOps('gelu');
  const input = ops.input('x', 'float32', [9]);
  const y = geluTanh(ops, input);
  ops.output('y', y);
  ops.output('slope', grad(ops, ops.reduceSum(y, [0], false), [input])[0]!);
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  const out = await session.run({ x: { dtype: 'float32', shape: [9], data: x } });
  const gelu = (v: number): number => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
  expect(distance(out['y']!.data, Array.from(x, gelu))).toBeLessThan(2e-6);
  expect(
    distance(
      out['slope']!.data,
      Array.from(x, (v) => (gelu(v + 1e-5) - gelu(v - 1e-5)) / 2e-5),
    ),
  ).toBeLessThan(2e-6);
  await session.release();
});

test('SwiGLU and its slopes are those of the definition', async () => {
  const ops = createOps('swiglu');
  const gate = ops.input('gate', 'float32', [9]);
  const wide = ops.input('up', 'float32', [9]);
  const y = swiglu(ops, gate, wide);
  const [dGate, dUp] = grad(ops, ops.reduceSum(y, [0], false), [gate, wide]);
  ops.output('y', y);
  ops.output('dGate', dGate!);
  ops.output('dUp', dUp!);
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  const tensor = (data: Float32Array) => ({ dtype: 'float32' as const, shape: [9], data });
  const out = await session.run({ gate: tensor(x), up: tensor(up) });
  const silu = (v: number): number => v / (1 + Math.exp(-v));
  const values = Array.from(x, (v, i) => silu(v) * up[i]!);
  expect(distance(out['y']!.data, values)).toBeLessThan(2e-6);
  expect(distance(out['dUp']!.data, Array.from(x, silu))).toBeLessThan(2e-6);
  const slopes = Array.from(x, (v, i) => (up[i]! * (silu(v + 1e-5) - silu(v - 1e-5))) / 2e-5);
  expect(distance(out['dGate']!.data, slopes)).toBeLessThan(2e-6);
  await session.release();
});

import { expect, test } from 'vitest';
import { createOps } from '../onnx/ops.ts';
import type { TensorData, Value } from '../onnx/value.ts';
import { createSession } from '../runtime/session.ts';
import type { Tensor } from '../runtime/tensor.ts';
import { grad } from './grad.ts';
import { allGradientCases, type Draw, type GradientCase } from './rules.cases.ts';

/** mulberry32: small, seeded, good enough to draw directions. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function drawing(seed: number): (shape: readonly number[], draw: Draw) => Tensor {
  const next = uniform(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());
  return (shape, draw) => {
    const count = shape.reduce((a, b) => a * b, 1);
    // Numbers apart differ from one another and from zero by more than a finite difference moves them.
    const apart = Array.from({ length: count }, (_, i) => ({ i, key: next() })).sort((a, b) => a.key - b.key);
    const number = {
      normal,
      positive: () => 1 + next(),
      apart: (_: unknown, i: number) => (apart[i]!.i - count / 2 + 0.3 + 0.2 * next()) * (seed + shape.length * 0.31),
    }[draw];
    return { dtype: 'float32', shape, data: Float32Array.from({ length: count }, (_, i) => number(_, i)) };
  };
}

function dot(a: readonly Tensor[], b: readonly Tensor[]): number {
  let sum = 0;
  for (const [k, { data }] of a.entries())
    for (const [i, value] of data.entries()) sum += Number(value) * Number(b[k]!.data[i]);
  return sum;
}
const numbers = (data: TensorData): number[] => Array.from(data as ArrayLike<number | bigint>, Number);
const norm = (a: readonly Tensor[]): number => Math.sqrt(dot(a, a));

interface Answers {
  readonly byDifference: number;
  readonly byGradient: number;
  readonly byForward: number;
  /** What an error is measured against. */
  readonly scale: number;
}

/**
 * The three answers to one question: how the results move when the operands move along `u`. By finite differences
 * (fourth order), by the gradient of the results weighted with `v` (dot product with `u`), and by differentiating that
 * gradient with respect to `v`, which tries the rules of every operator that the gradient consists of.
 */
async function check(one: GradientCase): Promise<Answers> {
  const ops = createOps('check');
  const x = one.operands.map((shape, i) => ops.input(`x${i}`, 'float32', shape));
  const u = one.operands.map((shape, i) => ops.input(`u${i}`, 'float32', shape));
  const y = [one.build(ops, ...x)].flat();
  const v = y.map(({ shape }, i) => ops.input(`v${i}`, 'float32', shape));
  const inner = (a: readonly Value[], b: readonly Value[]): Value =>
    ops.sum(a.map((value, i) => ops.reduceSum(ops.mul(value, b[i]!), [...value.shape.keys()], false)));
  const gradients = grad(ops, inner(y, v), x);
  const forward = grad(ops, inner(gradients, u), v);
  for (const [kind, values] of Object.entries({ y, gradients, forward }))
    for (const [i, value] of values.entries()) ops.output(`${kind}${i}`, value);

  const draw = drawing(3);
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  const at = one.operands.map((shape) => draw(shape, one.draw ?? 'normal'));
  const direction = one.operands.map((shape) => draw(shape, 'normal'));
  const weights = v.map(({ shape }) => draw(shape.map(Number), 'normal'));
  const run = async (step: number): Promise<Record<string, Tensor[]>> => {
    const feeds: Record<string, Tensor> = {};
    for (const [i, { shape, data }] of at.entries()) {
      const moved = Float32Array.from(numbers(data), (value, j) => value + step * Number(direction[i]!.data[j]));
      feeds[`x${i}`] = { dtype: 'float32', shape, data: moved };
      feeds[`u${i}`] = direction[i]!;
    }
    for (const [i, weight] of weights.entries()) feeds[`v${i}`] = weight;
    const results = await session.run(feeds);
    const pick = (kind: string, count: number): Tensor[] =>
      Array.from({ length: count }, (_, i) => results[`${kind}${i}`]!);
    return { y: pick('y', y.length), gradients: pick('gradients', x.length), forward: pick('forward', v.length) };
  };
  const h = one.linear ? 0.5 : 0.02;
  const slope = async (step: number): Promise<number> =>
    (dot((await run(step))['y']!, weights) - dot((await run(-step))['y']!, weights)) / (2 * step);
  const here = await run(0);
  const byDifference = (4 * (await slope(h)) - (await slope(2 * h))) / 3;
  await session.release();
  return {
    byDifference,
    byGradient: dot(here['gradients']!, direction),
    byForward: dot(here['forward']!, weights),
    scale: norm(here['gradients']!) * norm(direction) + norm(here['y']!) * norm(weights) * 0.05,
  };
}

test.each(allGradientCases)('$op, $title: the gradient agrees with finite differences', async (one) => {
  const { byDifference, byGradient, byForward, scale } = await check(one);
  // Differences of float32 numbers: exact for linear uses, else good to about the fourth root of a rounding error.
  expect(Math.abs(byGradient - byDifference) / scale).toBeLessThan(one.linear ? 1e-6 : 1e-4);
  expect(Math.abs(byGradient - byForward) / scale).toBeLessThan(1e-6);
});

import { describe, expect, test } from 'vitest';
import { families } from '../models/index.ts';
import { viewOf } from '../optim/flat-layout.ts';
import { createRandom } from '../random.ts';
import { tinyBatch, tinyConfig, tinySetup, tinyStep, tinyWeights } from './tiny.fixture.ts';
import { TrainStep } from './train-step.ts';

describe.each(Object.values(families))('$modelType', (family) => {
  const config = tinyConfig(family);
  const base = tinyWeights(family, config, 3);
  const full = () => tinySetup(family, config, base, { full: {} });

  test('accumulating four batches equals one step over all of them', async () => {
    const random = createRandom(5);
    const parts = Array.from({ length: 4 }, () => tinyBatch(config, random, 1));
    const joined = join(parts);
    const [apart, whole] = [tinyStep(full()), tinyStep(full())];
    for (let i = 0; i < 3; i++) {
      const a = await apart.run(parts, 1e-3);
      const b = await whole.run([joined], 1e-3);
      expect(a.loss).toBeCloseTo(b.loss, 5);
      expect(Math.abs(a.gradientNorm / b.gradientNorm - 1)).toBeLessThan(1e-5);
    }
    // The bias of GPT-2's keys has no gradient but rounding, which AdamW blows up to the learning rate.
    expect(relative(apart.state.weights, whole.state.weights)).toBeLessThan(1e-5);
    await Promise.all([apart.release(), whole.release()]);
  });

  test('four batches of eight rows have the loss and the gradient of one of thirty-two within a millionth', async () => {
    const random = createRandom(7);
    const parts = Array.from({ length: 4 }, () => tinyBatch(config, random, 8));
    const step = tinyStep(full());
    const whole = await step.gradient(join(parts));
    const sum = { loss: 0, gradient: new Float32Array(whole.gradient.length) };
    for (const part of parts) {
      const { loss, gradient } = await step.gradient(part);
      sum.loss += loss;
      for (const [i, value] of gradient.entries()) sum.gradient[i]! += value;
    }
    expect(Math.abs(sum.loss / whole.loss - 1)).toBeLessThan(1e-6);
    expect(relative(sum.gradient, whole.gradient)).toBeLessThan(1e-6);
    await step.release();
  });

  test('packed documents give the gradient of the same documents in rows of their own', async () => {
    const batch = tinyBatch(config, createRandom(9), 1);
    const [packed, apart] = [tinyStep(full()), tinyStep(full())];
    const a = await packed.gradient(batch);
    const b = await apart.gradient(unpack(batch));
    expect(Math.abs(a.loss / b.loss - 1)).toBeLessThan(1e-6);
    expect(relative(a.gradient, b.gradient)).toBeLessThan(1e-5);
    await Promise.all([packed.release(), apart.release()]);
  });

  test.for([{ full: {} }, { lora: { rank: 2 } }])(
    'layers computed anew give the same loss and gradient to the bit: %o',
    async (method) => {
      const start = tinySetup(family, config, base, method);
      for (const entry of start.setup.layout.entries)
        viewOf(start.state.weights, entry).forEach((_, i, view) => (view[i]! += 0.01));
      const again = tinyStep({ ...start, setup: { ...start.setup, activationCheckpointing: true } });
      const once = tinyStep(start);
      const batch = tinyBatch(config, createRandom(2));
      const [a, b] = [await once.gradient(batch), await again.gradient(batch)];
      expect(b.loss).toBe(a.loss);
      expect(Buffer.from(b.gradient.buffer)).toEqual(Buffer.from(a.gradient.buffer));
      await Promise.all([once.release(), again.release()]);
    },
  );

  test('a shape that comes back finds the same numbers where only one is kept', async () => {
    const [short, long] = [tinyBatch(config, createRandom(1), 1, 8), tinyBatch(config, createRandom(2), 1)];
    const states = [];
    for (const oneShape of [false, true]) {
      const { setup, state } = full();
      const step = new TrainStep(setup, state, { threads: 1, oneShape });
      for (const group of [[long], [short], [long, short]]) await step.run(group, 1e-3);
      states.push(Buffer.from(step.state.weights.buffer));
      await step.release();
    }
    expect(states[1]).toEqual(states[0]);
  });

  test('a step whose loss is not a number leaves the state as it was', async () => {
    const start = full();
    const broken = start.state.weights.map(() => Number.NaN);
    const step = tinyStep({ ...start, state: { ...start.state, weights: broken } });
    const { loss } = await step.run([tinyBatch(config, createRandom(1))], 1e-3);
    expect(loss).toBeNaN();
    expect(step.state.step).toBe(0);
    await step.release();
  });
});

type Batch = ReturnType<typeof tinyBatch>;

function join(parts: readonly Batch[]): Batch {
  const { rows, length } = parts[0]!;
  const big = (key: 'tokens' | 'positions' | 'labels') => BigInt64Array.from(parts.flatMap((part) => [...part[key]]));
  return {
    ...parts[0]!,
    rows: rows * parts.length,
    tokens: big('tokens'),
    positions: big('positions'),
    labels: big('labels'),
    segments: Int32Array.from(parts.flatMap((part) => [...part.segments])),
    targets: BigInt64Array.from(
      parts.flatMap((part, i) => [...part.targets].map((t) => t + BigInt(i * rows * length))),
    ),
    weights: Float32Array.from(parts.flatMap((part) => [...part.weights])),
    tokenCount: parts.reduce((sum, part) => sum + part.tokenCount, 0),
    supervisedCount: parts.reduce((sum, part) => sum + part.supervisedCount, 0),
  };
}

/** Moves the second document of each row to a row of its own; free places are padding. */
function unpack(batch: Batch): Batch {
  const { rows, length } = batch;
  const place = (i: number): number => {
    const [row, column] = [Math.floor(i / length), i % length];
    const first = batch.segments.subarray(row * length, (row + 1) * length).indexOf(2);
    return batch.segments[i] === 2 ? (rows + row) * length + column - first : i;
  };
  const tokens = new BigInt64Array(2 * rows * length);
  const positions = new BigInt64Array(2 * rows * length);
  const segments = new Int32Array(2 * rows * length);
  for (let i = 0; i < rows * length; i++) {
    tokens[place(i)] = batch.tokens[i]!;
    positions[place(i)] = batch.positions[i]!;
    segments[place(i)] = 1;
  }
  return {
    ...batch,
    rows: 2 * rows,
    tokens,
    positions,
    segments,
    targets: batch.targets.map((t) => BigInt(place(Number(t)))),
  };
}

function relative(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [0, 0];
  for (const [i, value] of b.entries()) {
    difference += (a[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}

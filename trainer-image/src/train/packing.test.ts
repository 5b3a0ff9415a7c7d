import { expect, test } from 'vitest';
import type { Batch } from '../data/batch.ts';
import { createBatches } from '../data/batches.ts';
import type { Example } from '../data/example.ts';
import { llama } from '../models/llama.ts';
import { createRandom } from '../random.ts';
import { tinyConfig, tinySetup, tinyStep, tinyWeights } from './tiny.fixture.ts';
import type { TrainStep } from './train-step.ts';

const config = tinyConfig(llama);
const base = tinyWeights(llama, config, 3);
const random = createRandom(11);
const token = (): number => Math.floor(random.uniform() * config.vocabulary);

/** Examples of 4 to 20 tokens, each with a first token of its own. */
const examples: readonly Example[] = Array.from({ length: 24 }, (_, index) => {
  const length = 4 + Math.floor(random.uniform() * 17);
  const tokens = Int32Array.from({ length }, (_, at) => (at === 0 ? index : token()));
  return { tokens, supervised: Uint8Array.from({ length }, (_, at) => (at > length / 3 ? 1 : 0)) };
});
const batchesOf = (packing: boolean): Batch[] => {
  const shape = { rows: 4, length: 32, seed: 1, pad: 0 };
  return [...createBatches({ ...shape, examples: () => examples, packing }).pass(0)];
};

/** The summed loss of each example, by its first token. */
async function lossOfExamples(step: TrainStep, batches: readonly Batch[]): Promise<number[]> {
  const losses = examples.map(() => 0);
  for (const batch of batches) {
    const nll = await step.negativeLogLikelihood(batch);
    for (let slot = 0; slot < batch.supervisedCount; slot++) {
      const at = Number(batch.targets[slot]);
      losses[Number(batch.tokens[at - Number(batch.positions[at])])]! += nll[slot]!;
    }
  }
  return losses;
}

test('an example has the same loss packed with others and padded in a row of its own', async () => {
  const step = tinyStep(tinySetup(llama, config, base, { full: {} }));
  const [packed, padded] = [batchesOf(true), batchesOf(false)];
  expect(padded.length).toBeGreaterThan(packed.length);
  const [a, b] = [await lossOfExamples(step, packed), await lossOfExamples(step, padded)];
  for (const [index, loss] of a.entries()) expect(Math.abs(loss / b[index]! - 1)).toBeLessThan(1e-6);
  await step.release();
});

test('a pass has the same loss and gradient packed and padded, as one step', async () => {
  const sums = [];
  for (const packing of [true, false]) {
    const step = tinyStep(tinySetup(llama, config, base, { full: {} }));
    sums.push(await step.run(batchesOf(packing), 1e-3));
    await step.release();
  }
  const [packed, padded] = sums;
  expect(Math.abs(packed!.loss / padded!.loss - 1)).toBeLessThan(1e-6);
  expect(Math.abs(packed!.gradientNorm / padded!.gradientNorm - 1)).toBeLessThan(1e-6);
  expect(packed!.tokens).toBe(padded!.tokens);
});

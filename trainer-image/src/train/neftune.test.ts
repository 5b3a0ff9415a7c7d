import { describe, expect, test } from 'vitest';
import { families } from '../models/index.ts';
import { createRandom } from '../random.ts';
import { neftuneFeeds } from './neftune.ts';
import { tinyBatch, tinyConfig, tinySetup, tinyStep, tinyWeights } from './tiny.fixture.ts';

const noiseOf = (seed: number, step: number, run = 0) => {
  const batch = tinyBatch(tinyConfig(families.llama), createRandom(1));
  batch.segments[15] = 0;
  return neftuneFeeds({ alpha: 5, seed }, batch, 32, { step, run })['embeddingNoise']!.data as Float32Array;
};

test('noise is uniform within α / √(L · d) of each example, padding has none, and the counters decide it', () => {
  const noise = noiseOf(1, 1);
  // The first example of a row has seven tokens, the second eight without the padding.
  for (const [first, end, tokens] of [
    [0, 7, 7],
    [7, 15, 8],
  ] as const) {
    const part = noise.subarray(first * 32, end * 32);
    const bound = 5 / Math.sqrt(tokens * 32);
    expect(Math.max(...part.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(Math.max(...part.map(Math.abs))).toBeGreaterThan(0.9 * bound);
    expect(part.reduce((sum, value) => sum + value ** 2, 0) / part.length / (bound ** 2 / 3)).toBeCloseTo(1, 0);
  }
  expect(noise.subarray(15 * 32, 16 * 32).every((value) => value === 0)).toBe(true);
  expect(noiseOf(1, 1)).toEqual(noise);
  for (const other of [noiseOf(2, 1), noiseOf(1, 2), noiseOf(1, 1, 1)]) expect(other).not.toEqual(noise);
});

describe.each(Object.values(families))('$modelType', (family) => {
  const config = tinyConfig(family);
  const start = () => tinySetup(family, config, tinyWeights(family, config, 3), { full: {} });

  test('learns with noise and is judged without it', async () => {
    const batch = tinyBatch(config, createRandom(5));
    const { setup, state } = start();
    const [plain, noisy] = [
      tinyStep(start()),
      tinyStep({ setup: { ...setup, neftune: { alpha: 5, seed: 1 } }, state }),
    ];
    expect(await noisy.negativeLogLikelihood(batch)).toEqual(await plain.negativeLogLikelihood(batch));
    const [a, b] = [await plain.gradient(batch), await noisy.gradient(batch)];
    expect(Math.abs(b.loss - a.loss)).toBeGreaterThan(1e-4);
    expect(b.gradient).not.toEqual(a.gradient);
    await Promise.all([plain.release(), noisy.release()]);
  });
});

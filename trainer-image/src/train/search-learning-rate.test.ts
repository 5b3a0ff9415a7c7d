import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Batch, Cursor } from '../data/batch.ts';
import { llama } from '../models/llama.ts';
import { createRandom } from '../random.ts';
import { bestRate, ratesAround, searchLearningRate, type LearningRateTry } from './search-learning-rate.ts';
import { tinyBatch, tinyConfig, tinySetup, tinyStep, tinyWeights } from './tiny.fixture.ts';

const config = tinyConfig(llama);
const base = tinyWeights(llama, config, 3);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'search-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function* stream({ batch }: Cursor): Generator<Batch, never> {
  for (let place = batch; ; place++)
    yield { ...tinyBatch(config, createRandom(place % 2), 1), next: { pass: 0, batch: place + 1 } };
}

/** A search around a rate; the signal comes after so many tries. */
async function search(around: number, stopAfter = Infinity, fingerprint = 'job') {
  const { setup, state } = tinySetup(llama, config, base, { full: {} });
  const trainStep = tinyStep({ setup, state });
  const stop = new AbortController();
  const told: LearningRateTry[] = [];
  try {
    const tries = await searchLearningRate({
      trainStep,
      batches: stream,
      accumulation: 1,
      initial: async () => state,
      around,
      tries: 3,
      steps: 8,
      validationLoss: null,
      folder,
      name: 'learning-rates',
      fingerprint,
      tried(done) {
        told.push(done);
        if (told.length === stopAfter) stop.abort();
      },
      signal: stop.signal,
      now: () => 0,
    });
    return { tries, told };
  } finally {
    await trainStep.release();
  }
}

test('the rates lie a factor of three apart, and that of the lowest loss is taken', async () => {
  expect(ratesAround(9, 3)).toEqual([3, 9, 27]);
  const { tries } = await search(1e-3);
  const [slow, middle, fast] = tries;
  expect(tries.map(({ learningRate }) => learningRate)).toEqual(ratesAround(1e-3, 3));
  expect(slow!.loss).toBeGreaterThan(middle!.loss!);
  expect(bestRate([slow!, middle!])).toBe(1e-3);
  expect(bestRate([slow!, { ...middle!, loss: null }, { ...fast!, loss: null }])).toBe(slow!.learningRate);
  expect(() => bestRate([{ learningRate: 1, loss: null }])).toThrow(/1.00e\+0; lower training.learningRate/);
});

test('a search that was stopped goes on with the try that was under way, to the same losses', async () => {
  await expect(search(1e-3, 1)).rejects.toMatchObject({ code: 'Cancelled' });
  const rest = await search(1e-3);
  expect(rest.told).toHaveLength(2);
  const whole = await search(1e-3, Infinity, 'another job');
  expect(whole.told).toHaveLength(3);
  expect(rest.tries).toEqual(whole.tries);
});

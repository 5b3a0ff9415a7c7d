import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Batch, Cursor } from '../data/batch.ts';
import { llama } from '../models/llama.ts';
import { createRandom } from '../random.ts';
import {
  forgetLater,
  loadCheckpoint,
  loadCheckpointAt,
  noProgressYet,
  saveCheckpoint,
  type Checkpoint,
} from './checkpoint.ts';
import { tinyBatch, tinyConfig, tinySetup, tinyStep, tinyWeights } from './tiny.fixture.ts';
import { lastRegularStep, trainLoop, type LoopParts, type LoopReport, type Rollback } from './train-loop.ts';

const config = tinyConfig(llama);
const base = tinyWeights(llama, config, 3);
const everySteps = 5;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loop-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The batch of each place in the stream; those of `broken` places give a loss that is not a number. */
function* stream(from: Cursor, broken: (place: number) => boolean): Generator<Batch, never> {
  for (let place = from.batch; ; place++) {
    const batch = tinyBatch(config, createRandom(place), 1);
    const weights = broken(place) ? batch.weights.map(() => Number.NaN) : batch.weights;
    yield { ...batch, weights, next: { pass: 0, batch: place + 1 } };
  }
}

interface Run extends Partial<Pick<LoopParts, 'validation' | 'samples' | 'totalSteps'>> {
  /** A stop comes while the batch of this place is made. */
  readonly stopIn?: number;
  readonly place?: string;
  readonly stopAt?: number;
  readonly broken?: (place: number) => boolean;
}

/** Trains a small model from the newest checkpoint of a place on. */
async function train({ place = 'a', stopAt, stopIn, broken = () => false, ...parts }: Run) {
  const { setup, state } = tinySetup(llama, config, base, { full: {} });
  const beginning = { state, cursor: { pass: 0, batch: 0 } };
  const work = join(folder, place);
  const start: Checkpoint = (await loadCheckpoint(work, 'job')) ?? { ...beginning, progress: noProgressYet };
  const trainStep = tinyStep({ setup, state: start.state });
  const stop = new AbortController();
  const reports: LoopReport[] = [];
  const rollbacks: Rollback[] = [];
  try {
    const result = await trainLoop({
      trainStep,
      batches: (from) =>
        stream(from, (at) => {
          if (at === stopIn) stop.abort();
          stop.signal.throwIfAborted();
          return broken(at);
        }),
      from: start,
      totalSteps: 12,
      accumulation: 1,
      learningRate: () => 1e-3,
      checkpoint: {
        everySteps,
        async save(snapshot) {
          const steps = [lastRegularStep(snapshot.state.step, everySteps), snapshot.progress.bestStep ?? 0];
          await saveCheckpoint(work, 'job', snapshot, { newest: 1, steps });
        },
        async goBack(step) {
          await forgetLater(work, step);
          return step === 0 ? beginning : loadCheckpointAt(work, 'job', step);
        },
      },
      validation: null,
      samples: null,
      report(report) {
        reports.push(report);
        if (report.step === stopAt) stop.abort();
      },
      rolledBack: (rollback) => rollbacks.push(rollback),
      signal: stop.signal,
      now: () => performance.now(),
      ...parts,
    });
    return { result, reports, rollbacks, weights: trainStep.state.weights };
  } finally {
    await trainStep.release();
  }
}

/** Broken at one place, the first times that it is reached. */
function brokenAt(place: number, times: number): (at: number) => boolean {
  let left = times;
  return (at) => at === place && left-- > 0;
}

describe('a loss that is not a number', () => {
  test('sends training back to the last checkpoint at half the learning rate', async () => {
    const { result, reports, rollbacks } = await train({ broken: brokenAt(6, 2) });
    expect(rollbacks).toEqual([
      { count: 1, step: 7, toStep: 5, learningRate: 5e-4 },
      { count: 2, step: 7, toStep: 5, learningRate: 2.5e-4 },
    ]);
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 6, 6, 7, 8, 9, 10, 11, 12]);
    expect(reports.at(-1)?.learningRate).toBe(2.5e-4);
    expect(result.losses.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test('before the first checkpoint sends it back to the start', async () => {
    const { rollbacks } = await train({ broken: brokenAt(2, 1), totalSteps: 4 });
    expect(rollbacks).toEqual([{ count: 1, step: 3, toStep: 0, learningRate: 5e-4 }]);
  });

  test('that stays ends it after three times, with what to do', async () => {
    await expect(train({ broken: (place) => place === 6 })).rejects.toMatchObject({
      code: 'LossDiverged',
      message: expect.stringMatching(/NaN.*step 7.*3 times.*Lower training.learningRate \(now 1.25e-4\)/),
    });
  });

  test.for([6, 7, 9])('and a stop at step %i end in the bytes of a run that was never stopped', async (stopAt) => {
    const whole = await train({ place: 'whole', broken: brokenAt(7, 1) });
    const place = `cut-${stopAt}`;
    const isBroken = brokenAt(7, 1);
    // At step 7 the run has a checkpoint beside the regular ones, which must not be the one it goes back to.
    await expect(train({ place, stopAt, broken: isBroken })).rejects.toMatchObject({ code: 'Cancelled' });
    const { weights } = await train({ place, broken: isBroken });
    expect(Buffer.from(weights.buffer)).toEqual(Buffer.from(whole.weights.buffer));
  });
});

describe('validation', () => {
  const losses: Readonly<Record<number, number>> = { 5: 3, 10: 2, 15: 2.5, 20: 2.25, 25: 1 };
  /** A validation that knows the step by how often it was asked, from `first` on. */
  const validation = (patience: number, first = 5) => {
    let step = first - everySteps;
    return { everySteps, patience, loss: async () => losses[(step += everySteps)]! };
  };

  test('without improvement ends training, and the best checkpoint outlives the newest', async () => {
    const { result } = await train({ validation: validation(2), totalSteps: 40 });
    expect(result).toMatchObject({ stoppedEarly: true, validationLoss: 2.25 });
    expect(result.progress).toMatchObject({ bestStep: 10, bestValidationLoss: 2, validationsWithoutImprovement: 2 });
    expect((await readdir(join(folder, 'a'))).sort()).toEqual(['step-00000010', 'step-00000020']);
    const again = await train({ validation: validation(2, 20), totalSteps: 40 });
    expect(again.result.stoppedEarly).toBe(true);
    expect(again.reports).toEqual([]);
  });

  test('that a stop came before is made up for', async () => {
    const failing = { everySteps, patience: 2, loss: () => Promise.reject(new Error('killed')) };
    await expect(train({ validation: failing })).rejects.toThrow('killed');
    const { result } = await train({ validation: validation(2), totalSteps: 20 });
    expect(result.progress).toMatchObject({ bestStep: 10, validatedStep: 20, validationsWithoutImprovement: 2 });
  });
});

test('samples are taken every so many steps, once, also by a run that was stopped between', async () => {
  let asked = 0;
  const samples = { everySteps: 3, complete: async () => [`answer ${++asked}`] };
  await expect(train({ samples, stopAt: 7 })).rejects.toMatchObject({ code: 'Cancelled' });
  const { result } = await train({ samples });
  expect(result.progress.completions).toEqual(
    [3, 6, 9, 12].map((step, index) => ({ step, answers: [`answer ${index + 1}`] })),
  );
});

test('a stop while a batch is made loses no step', async () => {
  await expect(train({ stopIn: 7 })).rejects.toMatchObject({ code: 'Cancelled' });
  expect((await loadCheckpoint(join(folder, 'a'), 'job'))?.state.step).toBe(7);
  expect((await train({})).weights).toEqual((await train({ place: 'straight' })).weights);
});

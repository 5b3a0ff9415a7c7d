import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgetLater, loadCheckpoint, loadCheckpointAt, saveCheckpoint, type Checkpoint } from './checkpoint.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (step: number): Checkpoint => ({
  state: {
    weights: Float32Array.of(step, 0.1, -0),
    first: Float32Array.of(1, 2, 3),
    second: Float32Array.of(4, 5, 1e-38),
    step,
  },
  cursor: { pass: 2, batch: step },
  progress: {
    bestValidationLoss: 1.5,
    bestStep: 1,
    validationsWithoutImprovement: 1,
    validatedStep: 2,
    rollbacks: 1,
    completions: [{ step: 1, answers: ['a'] }],
  },
});

const newest = (count: number, ...steps: number[]) => ({ newest: count, steps });

test('what was saved comes back bit for bit, and only the newest are kept', async () => {
  for (const step of [5, 10, 15]) await saveCheckpoint(folder, 'job', at(step), newest(2));
  expect((await readdir(folder)).sort()).toEqual(['step-00000010', 'step-00000015']);
  const loaded = await loadCheckpoint(folder, 'job');
  expect(loaded).toEqual(at(15));
  expect(Object.is(loaded!.state.weights[2], -0)).toBe(true);
});

test('a step that is asked for stays beside the newest, and is read by its number', async () => {
  for (const step of [5, 10, 15]) await saveCheckpoint(folder, 'job', at(step), newest(1, 5));
  expect((await readdir(folder)).sort()).toEqual(['step-00000005', 'step-00000015']);
  expect(await loadCheckpointAt(folder, 'job', 5)).toEqual(at(5));
  await expect(loadCheckpointAt(folder, 'job', 10)).rejects.toMatchObject({ code: 'CheckpointCorrupt' });
  await expect(loadCheckpointAt(folder, 'other', 5)).rejects.toMatchObject({ code: 'CheckpointCorrupt' });
});

test('what is later than a step can be forgotten', async () => {
  for (const step of [5, 7, 10]) await saveCheckpoint(folder, 'job', at(step), newest(3));
  await forgetLater(folder, 5);
  expect(await readdir(folder)).toEqual(['step-00000005']);
});

test('a checkpoint of another job is not resumed, and an empty folder is no error', async () => {
  expect(await loadCheckpoint(join(folder, 'none'), 'job')).toBeNull();
  await saveCheckpoint(folder, 'other', at(5), newest(2));
  expect(await loadCheckpoint(folder, 'job')).toBeNull();
});

test('a damaged checkpoint gives way to the one before it', async () => {
  await saveCheckpoint(folder, 'job', at(5), newest(2));
  await saveCheckpoint(folder, 'job', at(10), newest(2));
  await truncate(join(folder, 'step-00000010', 'state.safetensors'), 40);
  expect((await loadCheckpoint(folder, 'job'))!.state.step).toBe(5);
});

test('when every checkpoint is damaged the error names them and what to do', async () => {
  await saveCheckpoint(folder, 'job', at(5), newest(2));
  await writeFile(join(folder, 'step-00000005', 'checkpoint.json'), '{');
  await expect(loadCheckpoint(folder, 'job')).rejects.toMatchObject({
    code: 'CheckpointCorrupt',
    message: expect.stringMatching(/step-00000005.*delete the job/),
  });
});

test('an interrupted save leaves the checkpoints as they were', async () => {
  await saveCheckpoint(folder, 'job', at(5), newest(2));
  const broken = {
    ...at(10),
    state: {
      ...at(10).state,
      get weights(): Float32Array {
        throw new Error('disk');
      },
    },
  };
  await expect(saveCheckpoint(folder, 'job', broken, newest(2))).rejects.toThrow('disk');
  expect(await readdir(folder)).toEqual(['step-00000005']);
});

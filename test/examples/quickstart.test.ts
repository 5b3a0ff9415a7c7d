import { setTimeout as sleep } from 'node:timers/promises';
import type { ScoreRow } from '@wikigpt/schema/job-status.ts';
import { expect, inject, onTestFailed, test } from 'vitest';
import { podProcesses, reasonOf, storedChatModel, storedJob } from './local-state.ts';
import { freePort, type Running, start, until } from './shell.ts';

// One training, told as a story: each test goes on in the folder where the one before stopped.
const folder = inject('newcomerFolder');
const command = `npm run quickstart -- --once --port ${await freePort()}`;

function quickstart(): Running {
  const running = start(command, folder);
  onTestFailed(() => console.error(running.output()));
  return running;
}

/** A moment that differs from run to run; the output says which one it was. */
async function randomMoment(): Promise<void> {
  const milliseconds = Math.round(Math.random() * 3000);
  console.log(`killed ${milliseconds} ms after the checkpoint`);
  await sleep(milliseconds);
}

const checkpointStep = (): number | undefined => storedJob(folder, 'wiki-gpt')?.status?.checkpoint?.step;
const progressAt = (): string => storedJob(folder, 'wiki-gpt')?.status?.progress?.updatedAt ?? '';

/** The first step that is reported after `before`. */
function stepReportedAfter(running: Running, before: string): Promise<number> {
  return until(running, () =>
    progressAt() > before ? storedJob(folder, 'wiki-gpt')?.status?.progress?.step : undefined,
  );
}

function killPods(): void {
  for (const pid of podProcesses(folder, '')) process.kill(pid, 'SIGKILL');
}

test('a trainer that is killed is started again and goes on from its checkpoint, and so does the whole command', async () => {
  const first = quickstart();
  await until(first, checkpointStep);
  await randomMoment();
  const saved = checkpointStep()!;
  let before = progressAt();
  const [trainer] = podProcesses(folder, 'wiki-gpt');
  process.kill(trainer!, 'SIGKILL');
  expect(await stepReportedAfter(first, before)).toBeGreaterThanOrEqual(saved);

  await until(first, () => (checkpointStep()! > saved ? true : undefined));
  await randomMoment();
  const savedAgain = checkpointStep()!;
  first.signal('SIGKILL');
  killPods();
  await first.exit;

  before = progressAt();
  const second = quickstart();
  expect(await stepReportedAfter(second, before)).toBeGreaterThanOrEqual(savedAgain);
  second.signal('SIGINT');
  expect(await second.exit).toBe(130);
  expect(podProcesses(folder, '')).toEqual([]);
});

test('the quickstart ends with two answers, and everything is complete', async () => {
  const running = quickstart();
  expect(await running.exit).toBe(0);
  expect(running.output()).toMatch(/\p{Script=Han}/u);
  expect(running.output()).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
  expect(reasonOf(storedJob(folder, 'wiki-gpt'))).toBe('Complete');
  expect(reasonOf(storedJob(folder, 'country-qa'))).toBe('Complete');
  expect(storedChatModel(folder, 'country')?.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Ready' }),
  );
});

test('the report says how good the model is, and against what', () => {
  const evaluation = storedJob(folder, 'country-qa')?.status?.evaluation;
  expect(evaluation?.gate).toBe('Passed');
  const exactMatch = (model: ScoreRow['model'], set: string): number => {
    const row = evaluation?.rows.find(
      (one) => one.model === model && one.set === set && one.metric === 'ExactMatch' && !one.language,
    );
    expect(row, `${model} on ${set}`).toBeDefined();
    const [low, value, high] = [Number(row!.low), Number(row!.value), Number(row!.high)];
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
    expect(row!.count).toBeGreaterThan(50);
    return value;
  };
  const tuned = exactMatch('Tuned', 'test');
  console.log(`exact match: test ${tuned}, held-out wordings ${exactMatch('Tuned', 'held-out-wordings')}`);
  // Far from the goal, so that luck cannot fail it; far above what guessing gets.
  expect(tuned).toBeGreaterThan(0.5);
  for (const baseline of ['Base', 'FewShot', 'Majority'] as const)
    expect(tuned).toBeGreaterThan(exactMatch(baseline, 'test') + 0.2);
  expect(exactMatch('Tuned', 'held-out-wordings')).toBeGreaterThan(0.2);
  // Nobody can know these; a high score would mean that they leaked into training.
  expect(exactMatch('Tuned', 'ghosts')).toBeLessThan(0.3);
});

test('a second run answers again and trains nothing', async () => {
  const completed = storedJob(folder, 'country-qa')!;
  const running = quickstart();
  const trainers: number[] = [];
  const watching = setInterval(
    () => trainers.push(...podProcesses(folder, 'wiki-gpt'), ...podProcesses(folder, 'country-qa')),
    100,
  );
  expect(await running.exit).toBe(0);
  clearInterval(watching);
  expect(trainers).toEqual([]);
  expect(running.output()).toMatch(/\p{Script=Han}/u);
  expect(storedJob(folder, 'country-qa')?.status?.artifact).toEqual(completed.status?.artifact);
});

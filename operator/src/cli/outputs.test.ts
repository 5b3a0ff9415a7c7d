import { expect, test } from 'vitest';
import type { ChatModel, FineTuneJob } from '../cluster/kinds.ts';
import type { Event } from '../cluster/objects.ts';
import { chatModel, distillJob, fineTuneJob } from '../controllers/manifests.suite.ts';
import { rowsOf } from './columns.ts';
import { describeText } from './describe.ts';
import { progressLine, progressRow, progressTable } from './progress-row.ts';
import { questionsOf } from './sample-questions.ts';
import { fit, table } from './table.ts';
import { verdict } from './verdict.ts';

const now = new Date('2026-01-01T02:00:00Z');
const digest = `sha256:${'7f3a'.padEnd(64, '0')}`;
const at = (minutesAgo: number) => new Date(now.getTime() - minutesAgo * 60_000).toISOString();

function condition(type: string, status: 'True' | 'False' | 'Unknown', reason: string, message = '') {
  return { type, status, reason, message, observedGeneration: 1, lastTransitionTime: at(7) };
}

function stamped<T extends FineTuneJob | ChatModel>(object: T, minutesAgo: number, status: T['status']): T {
  const metadata = { ...object.metadata, uid: object.metadata.name, generation: 1, creationTimestamp: at(minutesAgo) };
  return { ...object, metadata, status };
}

const interval = { metric: 'F1', low: '0.66', high: '0.75', count: 120 } as const;
const training = stamped(
  fineTuneJob('country-qa', { base: { fromJob: { name: 'wiki-gpt' } }, method: { lora: {} } }),
  7,
  {
    base: 'wiki-gpt',
    method: 'LoRA',
    conditions: [condition('Succeeded', 'Unknown', 'Training', '1200 steps')],
    progress: { step: 480, totalSteps: 1200, loss: '1.83', tokensPerSecond: '5210', steps: '480/1200', eta: '9m' },
  },
);
const complete = stamped(fineTuneJob('country-q0'), 120, {
  base: 'scratch',
  method: 'Full',
  startTime: at(119),
  completionTime: at(80),
  conditions: [condition('Succeeded', 'True', 'Complete', 'F1 0.71')],
  data: { records: 1204, dropped: 3, leakagePercent: '0.2' },
  estimate: { memory: '3Gi', basis: 'weights 0.27 + optimizer 0.02' },
  progress: { step: 1200, totalSteps: 1200, loss: '1.42', validationLoss: '1.50', steps: '1200/1200' },
  checkpoint: { step: 1200, digest, savedAt: at(81) },
  evaluation: {
    scores: [],
    rows: [
      { model: 'Tuned', set: 'test', value: '0.71', ...interval },
      { model: 'Base', set: 'test', ...interval, value: '0.12', low: '0.09', high: '0.15' },
      { model: 'Tuned', set: 'test', language: 'zh', value: '0.69', ...interval },
      { model: 'Tuned', set: 'ghosts', value: '0.05', ...interval, low: '0.01', high: '0.09' },
    ],
    gate: 'Passed',
    summary: 'F1 0.71',
  },
  artifact: { uri: 'pvc://wikigpt-models/default/country-q0/1', digest, formats: ['Merged'], verified: true },
  restarts: { failures: 0, evictions: 2 },
});
const chat = stamped(chatModel('country'), 60, {
  url: 'http://127.0.0.1:8080',
  model: 'sha256:7f3a0000',
  digest,
  ready: '1/1',
  live: '100%',
  revisions: [{ name: 'country-7f3a0000', digest, weight: 100, readyReplicas: 1, state: 'Live' }],
  conditions: [condition('Ready', 'True', 'Ready', 'country-7f3a0000 answers'), condition('UpToDate', 'True', 'Ready')],
});
const waiting = stamped(chatModel('later', { model: { fromJob: { name: 'country-qa' } } }), 60, {
  conditions: [condition('Ready', 'Unknown', 'WaitingForModel', 'waits for FineTuneJob country-qa')],
});
const failed = stamped(fineTuneJob('broken'), 60, {
  conditions: [condition('Succeeded', 'False', 'DataInvalid', '14 of 120 records have no answer')],
});

test('get reads as kubectl would print it', async () => {
  const options = { wide: false, namespaces: false };
  const jobs = table(rowsOf('FineTuneJob', [training, complete, failed], now, options));
  const chats = table(rowsOf('ChatModel', [chat, waiting], now, options));
  await expect(`${jobs}\n${chats}`).toMatchFileSnapshot('outputs/get.txt');
});

test('describe shows state, evaluation and events', async () => {
  const event: Event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'default', name: 'x' },
    involvedObject: { apiVersion: '', kind: 'FineTuneJob', namespace: 'default', name: 'country-q0' },
    type: 'Normal',
    reason: 'CheckpointSaved',
    message: 'step 1200',
    count: 2,
    firstTimestamp: at(90),
    lastTimestamp: at(81),
    source: { component: 'wikigpt-operator' },
  };
  await expect(`${describeText(complete, [event], now)}\n${describeText(chat, [], now)}`).toMatchFileSnapshot(
    'outputs/describe.txt',
  );
});

test('a student is compared with its teacher by as much as is known of that one', () => {
  const score = { value: '0.8', low: '0.7', high: '0.9' };
  const known = { metric: 'F1', teacher: score, student: score, retainedPercent: '100.0' } as const;
  const shown = (more: object) =>
    /Report: +(.*)/.exec(
      describeText({ ...distillJob('small'), status: { report: { ...known, ...more } } }, [], now),
    )?.[1];
  expect(shown({})).toBe('F1: teacher 0.8, student 0.8 (100.0 %)');
  expect(shown({ sizeRatio: '2.01', speedup: '2.36' })).toBe(
    'F1: teacher 0.8, student 0.8 (100.0 %); 2.01 times smaller, 2.36 times as fast',
  );
});

test('progress fits the terminal, and reads in plain lines elsewhere', async () => {
  const rows = [complete, training, failed, chat, waiting].map(progressRow);
  const texts = [progressTable(rows, 110), progressTable(rows, 60), rows.map(progressLine)];
  for (const line of progressTable(rows, 60)) expect(line.length).toBeLessThanOrEqual(60);
  await expect(`${texts.map((lines) => lines.join('\n')).join('\n\n')}\n`).toMatchFileSnapshot('outputs/progress.txt');
});

test.for<[string, readonly (FineTuneJob | ChatModel)[], boolean, boolean]>([
  ['all got there', [complete, chat], true, true],
  ['one still works', [complete, training, waiting], false, false],
  ['one failed', [complete, failed], true, false],
  ['one waits for what nobody makes', [complete, waiting], true, false],
])('a run in which %s', ([, objects, settled, ok]) => {
  expect(verdict(objects)).toMatchObject({ settled, ok });
});

test('a resource that waits goes on while another one of the folder works, which was not named', () => {
  expect(verdict([complete, waiting], [complete, waiting, training]).settled).toBe(false);
  expect(verdict([complete, waiting], [complete, waiting, failed]).settled).toBe(true);
  expect(verdict([complete], [complete, training]).settled).toBe(true);
});

test('a resource whose newest spec was not looked at yet still works', () => {
  expect(verdict([{ ...complete, metadata: { ...complete.metadata, generation: 2 } }]).settled).toBe(false);
});

test.for<[string | undefined, readonly string[]]>([
  ['["你好吗？", "How are you?"]', ['你好吗？', 'How are you?']],
  ['How are you?', ['How are you?']],
  [undefined, ['你好，你能做什么？', 'Hello, what can you do?']],
])('the sample questions of %j', ([annotation, questions]) => {
  const annotations = annotation === undefined ? {} : { 'wikigpt.dev/sample-questions': annotation };
  expect(questionsOf({ ...chat, metadata: { ...chat.metadata, annotations } })).toEqual(questions);
});

test('Chinese characters take two columns', () => {
  expect(fit('法国的首都', 7)).toBe('法国的…');
  expect(
    table([
      ['法国', 'x'],
      ['ab', 'y'],
    ]),
  ).toBe('法国   x\nab     y\n');
});

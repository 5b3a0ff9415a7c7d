import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { distillTask, fineTuneTask, type FineTuneTask, type ProgressReport } from '@wikigpt/schema/task.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadTextGenerator } from '../generate/load-text-generator.ts';
import { greedy } from '../generate/sample.ts';
import { loadModel } from '../load-model.ts';
import { animalRoot, phases, pretrain, publishedWeights, questionData, runTask, taskOf } from './recipe.fixture.ts';

let root: string;
beforeAll(async () => {
  root = await animalRoot();
  await runTask(root, pretrain('base'), 'work-base');
});
afterAll(() => rm(root, { recursive: true, force: true }));

const tune = (name: string, method: object, formats: readonly string[], base = 'base'): FineTuneTask =>
  fineTuneTask.parse({
    ...taskOf('FineTuneJob', name),
    spec: {
      base: { fromJob: { name: base } },
      task: 'QA',
      data: questionData,
      method,
      training: { maxSteps: 3, batchTokens: 128, learningRate: '1e-2', seed: 3 },
      evaluation: { metrics: ['ExactMatch', 'Perplexity'], decoding: { maxNewTokens: 4 }, baselines: ['Base'] },
      output: { formats },
    },
    base: { uri: `pvc://models/${base}` },
  });
const published = (name: string): string => join(root, 'mnt/pvc/models', name);
const perplexity = (reports: readonly ProgressReport[], model: string): string =>
  reports
    .find(({ evaluation }) => evaluation)!
    .evaluation!.rows.find((row) => row.model === model && row.metric === 'Perplexity')!.value;

async function answer(name: string): Promise<string> {
  const options = { folder: published(name), threads: 1, slots: 2, prefillTokens: 8, maxWaiting: 4 };
  const generator = await loadTextGenerator(options);
  const request = {
    prompt: { text: 'The cat' },
    maxNewTokens: 6,
    sampling: greedy,
    seed: 1,
    stop: [],
    trimStart: false,
  };
  const { events } = await generator.start(request, new AbortController().signal);
  let text = '';
  for await (const event of events) text += event.text;
  await generator.close();
  return text;
}

test.each([
  ['soft-prompt', { softPrompt: { tokens: 4, init: 'Vocabulary' } }, 4],
  ['prefix', { prefix: { tokens: 3, init: 'Text', text: 'Say what they do.' } }, 3],
])('%s is published beside an unchanged base, and served with it', async (name, method, count) => {
  const reports = await runTask(root, tune(name, method, ['Adapter']), `work-${name}`);
  expect(phases(reports)).toContain('Publishing');
  expect(perplexity(reports, 'Tuned')).not.toBe(perplexity(reports, 'Base'));
  expect((await publishedWeights(root, name)).equals(await publishedWeights(root, 'base'))).toBe(true);
  expect((await loadModel(published(name))).inference.virtualTokens?.count).toBe(count);
  expect(await answer(name)).not.toBe('');
  await expect(runTask(root, tune(`on-${name}`, { lora: {} }, ['Merged'], name), `work-on-${name}`)).rejects.toThrow(
    'a base with a trained prompt before it',
  );
});

test('template trains nothing, and the base is scored by its prompt and published all the same', async () => {
  const reports = await runTask(root, tune('template', { template: {} }, ['Merged']), 'work-template');
  expect(phases(reports)).toEqual(['ValidatingData', 'PullingModel', 'Training', 'Evaluating', 'Publishing']);
  expect(perplexity(reports, 'Tuned')).toBe(perplexity(reports, 'Base'));
  expect((await publishedWeights(root, 'template')).equals(await publishedWeights(root, 'base'))).toBe(true);
  expect(await answer('template')).toBe(await answer('base'));
});

test('dpo learns which of two answers is preferred, from the loss of an indifferent model on', async () => {
  const pairs = ['cat', 'dog', 'cow', 'owl', 'bee', 'fox'].map((animal) => ({
    prompt: `What does the ${animal} do?`,
    chosen: ' It sounds.',
    rejected: ' No idea at all.',
  }));
  const lines = pairs.map((pair) => `${JSON.stringify(pair)}\n`).join('');
  await writeFile(join(root, 'mnt/configmap/facts/pairs.jsonl'), lines);
  const { spec, ...task } = tune('dpo', { lora: { rank: 4 } }, ['Merged']);
  const reports = await runTask(
    root,
    fineTuneTask.parse({
      ...task,
      spec: {
        ...spec,
        dpo: { beta: '0.5' },
        training: { ...spec.training, maxSteps: 8 },
        data: {
          sources: [{ uri: 'configmap://facts/pairs.jsonl', format: 'preference' }],
          split: { testPercent: 20, validationPercent: 20 },
          clean: { maxLeakagePercent: 100 },
        },
      },
    }),
    'work-dpo',
  );
  const steps = reports.flatMap(({ progress }) => progress ?? []);
  expect(Number(steps[0]!.loss)).toBeCloseTo(Math.log(2), 3);
  expect(Number(steps.at(-1)!.loss)).toBeLessThan(0.5);
  expect(Number(steps.at(-1)!.validationLoss)).toBeLessThan(0.6);
  expect(phases(reports)).toContain('Publishing');
});

test('a student learns from its teacher by a prompt alone', async () => {
  const reports = await runTask(
    root,
    distillTask.parse({
      ...taskOf('DistillJob', 'student'),
      spec: {
        teacher: { uri: 'pvc://models/base' },
        student: { uri: 'pvc://models/base' },
        distillation: { logits: {}, hidden: { layers: [[1, 1]] } },
        task: 'QA',
        data: questionData,
        method: { softPrompt: { tokens: 4 } },
        training: { maxSteps: 3, batchTokens: 128, learningRate: '1e-2', seed: 3 },
        evaluation: { metrics: ['Perplexity'] },
        output: { formats: ['Adapter'] },
      },
      teacher: { uri: 'pvc://models/base' },
      student: { uri: 'pvc://models/base' },
    }),
    'work-student',
  );
  expect(reports.find((one) => one.report)?.report?.metric).toBe('Perplexity');
  expect((await loadModel(published('student'))).inference.virtualTokens?.count).toBe(4);
});

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fineTuneTask, type FineTuneTask, type ProgressReport } from '@wikigpt/schema/task.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  animalRoot,
  phases,
  pretrain,
  publishedWeights,
  questionData,
  runTask,
  shortRun,
  taskOf,
} from './recipe.fixture.ts';

let root: string;
beforeAll(async () => {
  root = await animalRoot();
});
afterAll(() => rm(root, { recursive: true, force: true }));

function makeTask(name: string, spec: object, base: { uri: string } | null): FineTuneTask {
  return fineTuneTask.parse({ ...taskOf('FineTuneJob', name), spec: { ...shortRun, ...spec }, base });
}

const tune = (name: string, evaluation: object = {}): FineTuneTask =>
  makeTask(
    name,
    {
      base: { fromJob: { kind: 'FineTuneJob', name: 'base' } },
      task: 'QA',
      method: { lora: { rank: 2, alpha: 4, targets: 'AllLinear' } },
      data: questionData,
      evaluation: {
        metrics: ['ExactMatch', 'F1', 'Perplexity'],
        decoding: { maxNewTokens: 4 },
        baselines: ['Base', 'FewShot', 'Majority'],
        ...evaluation,
      },
      output: { formats: ['Adapter', 'Merged'] },
    },
    { uri: 'pvc://models/base' },
  );

const run = (task: FineTuneTask, work: string, stopAt?: number): Promise<ProgressReport[]> =>
  runTask(root, task, work, stopAt);
const weights = (name: string): Promise<Buffer> => publishedWeights(root, name);

/** A job that learns too fast to get better, and publishes its best weights; `loadBestAtEnd: false` for the last ones. */
function best(name: string, loadBestAtEnd = true): FineTuneTask {
  const task = pretrain(name);
  const training = { ...task.spec.training, learningRate: '0.3' };
  return { ...task, spec: { ...task.spec, training, checkpoint: { everySteps: 5, keep: 1, loadBestAtEnd } } };
}

/** Noise, a search for the learning rate, samples on the way, and what is forgotten by the end. */
function asked(name: string): FineTuneTask {
  const task = tune(name, { forgetting: {}, baselines: [] });
  const training = {
    ...task.spec.training,
    learningRateSearch: { tries: 2, steps: 4 },
    neftuneNoiseAlpha: '5',
    sampleCompletions: { everySteps: 3, prompts: 2, maxNewTokens: 4 },
  };
  return { ...task, spec: { ...task.spec, training } };
}

describe('a job from data to artifact', () => {
  test('pretrains, tunes by LoRA, and reports every stage with scores of all models', async () => {
    const reports = await run(pretrain('base'), 'work-base');
    expect(phases(reports)).toEqual(['ValidatingData', 'PullingModel', 'Training', 'Evaluating', 'Publishing']);
    expect(reports.at(-1)?.artifact?.digest).toMatch(/^sha256:/);

    const tuned = await run(tune('tuned'), 'work-tuned');
    const { evaluation } = tuned.find((report) => report.evaluation)!;
    expect(new Set(evaluation!.rows.map(({ model }) => model))).toEqual(
      new Set(['Tuned', 'Base', 'FewShot', 'Majority']),
    );
    expect(evaluation!.gate).toBe('NotRequired');
    const config = JSON.parse(await readFile(join(root, 'mnt/pvc/models/tuned/adapter/adapter_config.json'), 'utf8'));
    expect(config).toMatchObject({
      peft_type: 'LORA',
      r: 2,
      lora_alpha: 4,
      base_model_name_or_path: 'pvc://models/base',
    });
    expect(await weights('tuned')).not.toEqual(await weights('base'));
  });

  test('a model that learned from chats carries the template they were written in', async () => {
    const chats = ['cat', 'dog', 'cow', 'owl'].map((animal) => ({
      messages: [
        { role: 'user', content: `Who are you, ${animal}?` },
        { role: 'assistant', content: `A ${animal}.` },
      ],
    }));
    await writeFile(join(root, 'mnt/configmap/facts/chat.jsonl'), chats.map((row) => JSON.stringify(row)).join('\n'));
    await run(
      makeTask(
        'chat',
        {
          base: { fromJob: { kind: 'FineTuneJob', name: 'base' } },
          task: 'Dialogue',
          method: { lora: { rank: 2, alpha: 4, targets: 'AllLinear' } },
          data: {
            sources: [{ uri: 'configmap://facts/chat.jsonl', format: 'messages' }],
            split: { testPercent: 25, validationPercent: 0 },
            clean: { maxLeakagePercent: 100 },
          },
          evaluation: { metrics: ['chrF'], decoding: { maxNewTokens: 4 } },
        },
        { uri: 'pvc://models/base' },
      ),
      'work-chat',
    );
    const file = (name: string): Promise<string> => readFile(join(root, 'mnt/pvc/models/chat', name), 'utf8');
    expect(await file('chat_template.jinja')).toContain('messages');
    expect(JSON.parse(await file('wikigpt.json'))).toMatchObject({ prompt: { template: null, templates: {} } });
  });

  test.each([
    ['Hold', 'Held', true],
    ['Reject', 'Failed', false],
  ])('a gate that does not pass with onFailure: %s is %s, and published: %s', async (onFailure, gate, published) => {
    const require = [{ metric: 'F1', min: '1' }];
    const name = `gate-${onFailure}`;
    const reports = await run(tune(name, { baselines: [], gate: { require, onFailure } }), `work-${name}`);
    expect(reports.find(({ evaluation }) => evaluation)?.evaluation?.gate).toBe(gate);
    expect(reports.some(({ artifact }) => artifact !== undefined)).toBe(published);
  });

  test.each([
    ['full', pretrain],
    ['lora', (name: string) => tune(name)],
    ['full from its best checkpoint', (name: string) => best(name)],
    ['lora with all that a loop can be asked for', (name: string) => asked(name)],
  ])('%s stopped at a step between checkpoints and run again ends in the same bytes', async (method, make) => {
    await run(make(`${method}-whole`), `work-${method}-whole`);
    const task = make(`${method}-cut`);
    await expect(run(task, `work-${method}-cut`, 7)).rejects.toMatchObject({ code: 'Cancelled' });
    const reports = await run(task, `work-${method}-cut`);
    expect(phases(reports)).toContain('Resuming');
    expect(reports.find((report) => report.progress)?.progress?.step).toBe(8);
    expect((await weights(`${method}-cut`)).equals(await weights(`${method}-whole`))).toBe(true);
  });

  test('the report tells of the rates that were tried, of samples on the way and of what was forgotten', async () => {
    const reports = await run(asked('asked'), 'work-asked');
    const report = JSON.parse(await readFile(join(root, 'mnt/pvc/models/asked/report.json'), 'utf8'));
    const { learningRates, completions } = report.training;
    expect(learningRates).toHaveLength(2);
    const [best] = learningRates.toSorted((a: { loss: number }, b: { loss: number }) => a.loss - b.loss);
    const rates = reports.flatMap(({ progress }) => Number(progress?.learningRate ?? 0));
    expect(Math.max(...rates)).toBeCloseTo(best.learningRate, 4);
    expect(completions.map(({ step }: { step: number }) => step)).toEqual([3, 6, 9, 12]);
    expect(completions[0]).toMatchObject({ prompt: expect.stringContaining('What does the') });
    expect(report.evaluation.forgetting).toMatchObject({ text: 'BuiltIn', lossRise: expect.stringMatching(/^-?\d/) });
    const html = await readFile(join(root, 'mnt/pvc/models/asked/report.html'), 'utf8');
    expect(html).toContain('While it learned');
  });

  test('the best checkpoint is published in place of the last one when that is asked for', async () => {
    await run(best('last', false), 'work-last');
    await run(best('best'), 'work-best');
    expect((await weights('best')).equals(await weights('last'))).toBe(false);
    const report = JSON.parse(await readFile(join(root, 'mnt/pvc/models/best/report.json'), 'utf8'));
    expect(report.training).toMatchObject({ steps: 12, publishedStep: expect.any(Number), rollbacks: 0 });
    expect(report.training.publishedStep).toBeLessThan(12);
  });

  test('what is judged by a validation loss needs records for it', async () => {
    const task = best('unvalidated');
    const split = { ...task.spec.data.split, validationPercent: 0 };
    const spec = { ...task.spec, data: { ...task.spec.data, split } };
    await expect(run({ ...task, spec }, 'work-unvalidated')).rejects.toMatchObject({
      code: 'DataInvalid',
      message: expect.stringContaining('checkpoint.loadBestAtEnd'),
    });
  });
});

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { distillTask, type DistillTask, type ProgressReport } from '@wikigpt/schema/task.ts';
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
  textData,
} from './recipe.fixture.ts';
import { startTeacherServer } from './teacher-server.fixture.ts';

let root: string;
beforeAll(async () => {
  root = await animalRoot();
  await runTask(root, pretrain('teacher', { layers: 3 }), 'work-teacher');
  await runTask(root, pretrain('small', { hidden: 16 }), 'work-small');
  await runTask(root, pretrain('stranger', { vocabulary: 300 }), 'work-stranger');
});
afterAll(() => rm(root, { recursive: true, force: true }));

const run = (task: DistillTask, work: string, stopAt?: number): Promise<ProgressReport[]> =>
  runTask(root, task, work, stopAt);

function makeTask(name: string, spec: object, student: string | null = null): DistillTask {
  const [teacher, own] = [
    { uri: 'pvc://models/teacher' },
    student === null ? null : { uri: `pvc://models/${student}` },
  ];
  return distillTask.parse({
    ...taskOf('DistillJob', name),
    spec: {
      ...shortRun,
      teacher,
      student: own ?? { shrink: { layers: 1 } },
      distillation: { logits: {} },
      task: 'QA',
      data: questionData,
      evaluation: { metrics: ['F1', 'Perplexity'], decoding: { maxNewTokens: 4 } },
      ...spec,
    },
    teacher,
    student: own,
  });
}

const file = async (name: string, path: string): Promise<unknown> =>
  JSON.parse(await readFile(join(root, 'mnt/pvc/models', name, path), 'utf8'));

describe('a student', () => {
  test('made of its teacher is trained with it and alone, and compared with it by three scores', async () => {
    const reports = await run(makeTask('shrunk', {}), 'work-shrunk');
    expect(phases(reports)).toEqual([
      'ValidatingData',
      'PullingModel',
      'Training',
      'Training',
      'Evaluating',
      'Publishing',
    ]);
    const steps = reports.flatMap(({ progress }) => progress ?? []);
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    expect(new Set(steps.map(({ totalSteps }) => totalSteps))).toEqual(new Set([24]));
    expect(reports.find(({ estimate }) => estimate)?.estimate?.basis).toContain('teacher');

    const { report, evaluation } = reports.find((one) => one.report)!;
    expect(evaluation!.rows.map(({ model }) => model)).toEqual(
      expect.arrayContaining(['Tuned', 'Teacher', 'StudentAlone']),
    );
    expect(report).toMatchObject({ metric: 'F1', teacher: {}, student: {}, studentAlone: {} });
    expect(Number(report!.sizeRatio)).toBeGreaterThan(1.3);
    expect(Number(report!.speedup)).toBeGreaterThan(0);
    expect(await file('shrunk', 'config.json')).toMatchObject({ num_hidden_layers: 1, hidden_size: 32 });
    expect(await file('shrunk', 'report.json')).toMatchObject({ distillation: report });
    expect(await file('shrunk', 'wikigpt.json')).toMatchObject({ base: { uri: 'pvc://models/teacher' } });
  });

  test('of another width learns by LoRA from states as well, and leaves the projections behind', async () => {
    const spec = {
      distillation: {
        logits: { divergence: 'JSD' },
        hidden: {
          layers: [
            [0, 0],
            [1, 3],
          ],
        },
      },
      method: { lora: { rank: 2, alpha: 4, targets: 'AllLinear' } },
      output: { formats: ['Adapter', 'Merged'] },
      evaluation: { metrics: ['Perplexity'], baselines: ['Base'] },
    };
    const reports = await run(makeTask('lora', spec, 'small'), 'work-lora');
    expect(reports.find((one) => one.report)?.report?.metric).toBe('Perplexity');
    expect(reports.find((one) => one.evaluation)?.evaluation?.rows.map(({ model }) => model)).toContain('Base');
    const adapter = await readFile(join(root, 'mnt/pvc/models/lora/adapter/adapter_model.safetensors'), 'latin1');
    expect(adapter).toContain('lora_A');
    expect(adapter).not.toContain('projection');
  });

  test('that is new takes the tokens of its teacher', async () => {
    const scratch = { architecture: 'gpt2', layers: 1, hidden: 16, heads: 2, context: 64 };
    const spec = { student: { scratch }, distillation: { logits: { divergence: 'ReverseKL', weight: '1' } } };
    await run(makeTask('fresh', spec), 'work-fresh');
    const [own, theirs] = await Promise.all(['fresh', 'teacher'].map((name) => file(name, 'tokenizer.json')));
    expect(own).toEqual(theirs);
  });

  test('of another vocabulary learns from the texts of its teacher, which is asked once, and more than has labels', async () => {
    const lines = ['What does the yak do?', 'What does the gnu do?'].map((question) => JSON.stringify({ question }));
    await writeFile(join(root, 'mnt/configmap/facts/asked.jsonl'), lines.join('\n'));
    const prompts = [{ uri: 'configmap://facts/asked.jsonl', format: 'qa' }];
    const spec = { distillation: { sequence: { samplesPerPrompt: 2, prompts } } };
    const task = makeTask('told', spec, 'stranger');
    await expect(run(task, 'work-told', 5)).rejects.toMatchObject({ code: 'Cancelled' });
    const folder = join(root, 'work-told/teacher');
    const [name] = await readdir(folder);
    const answers = async (): Promise<string> => readFile(join(folder, name!), 'utf8');
    const before = await answers();
    const written = before.trimEnd().split('\n');
    // What a stop in the middle of a line leaves behind.
    await writeFile(join(folder, name!), before.slice(0, -5));
    await run(task, 'work-told');
    expect(await answers()).toBe(before);
    const questions = new Set(written.map((line) => (JSON.parse(line) as { key: string }).key));
    expect(questions.size).toBe(written.length);
    // Two samples of the seven training questions and of the two that nobody answered.
    expect(written.length).toBe(18);
    expect(await file('told', 'report.json')).toMatchObject({ distillation: { teacher: {}, studentAlone: {} } });
  });

  test('learns from a server that fails half of the calls, and is asked nothing twice', async () => {
    let calls = 0;
    const server = await startTeacherServer(() => calls++ % 2 === 0);
    const spec = {
      distillation: { sequence: {} },
      teacher: { endpoint: { url: server.url, model: 'tiny' } },
      evaluation: { metrics: ['F1'], decoding: { maxNewTokens: 4 } },
    };
    const asked = { ...makeTask('afar', spec, 'small'), teacher: { url: server.url, model: 'tiny' } };
    const reports = await run(asked, 'work-afar');
    expect(reports.find((one) => one.report)?.report).toMatchObject({ metric: 'F1', teacher: {}, studentAlone: {} });
    expect(Object.keys(reports.find((one) => one.report)!.report!)).not.toContain('sizeRatio');
    const paid = server.paid.length;
    expect(new Set(server.paid).size).toBe(paid);
    expect(server.failed()).toBeGreaterThanOrEqual(paid);
    // Seven training questions and two of the test.
    expect(paid).toBe(9);
    await run({ ...asked, output: { uri: 'pvc://models/afar-again' } }, 'work-afar');
    expect(server.paid.length).toBe(paid);
    await server.close();
  });

  test('cannot be told anything about texts without questions', async () => {
    const spec = { distillation: { sequence: {} }, task: 'Text', data: textData, evaluation: {} };
    await expect(run(makeTask('texts', spec), 'work-texts')).rejects.toMatchObject({
      code: 'DataInvalid',
      message: expect.stringContaining('use distillation.logits for such data'),
    });
  });

  test('with another vocabulary is refused with both sizes and what works', async () => {
    const refused = run(makeTask('refused', {}, 'stranger'), 'work-refused');
    await expect(refused).rejects.toMatchObject({
      code: 'ModelIncompatible',
      message: expect.stringMatching(/teacher has \d+ tokens, that of the student \d+, so.*distillation\.sequence/),
    });
  });
});

test.each([
  ['with its teacher', 0, 7, 8],
  ['from what its teacher said before', 8, 7, 8],
  ['alone', 0, 19, 20],
  ['from what it wrote itself', 0, 7, 8, { onPolicy: { fraction: '0.6' } }],
])(
  'a student stopped while it learns %s ends in the same bytes',
  async (_where, topK, stopAt, next, more: object = {}) => {
    const kind = [topK, stopAt, ...Object.keys(more)].join('-');
    const [whole, cut] = [`whole-${kind}`, `cut-${kind}`];
    const spec = { distillation: { logits: { topK }, ...more } };
    await run(makeTask(whole, spec), `work-${whole}`);
    const task = makeTask(cut, spec);
    await expect(run(task, `work-${cut}`, stopAt)).rejects.toMatchObject({ code: 'Cancelled' });
    const reports = await run(task, `work-${cut}`);
    expect(phases(reports)).toContain('Resuming');
    expect(reports.find(({ progress }) => progress)?.progress?.step).toBe(next);
    expect((await publishedWeights(root, cut)).equals(await publishedWeights(root, whole))).toBe(true);
    const scores = async (name: string) => {
      const { distillation } = (await file(name, 'report.json')) as { distillation: object };
      return { ...distillation, speedup: null };
    };
    expect(await scores(cut)).toEqual(await scores(whole));
  },
);

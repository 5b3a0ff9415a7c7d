import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fineTuneTask, type FineTuneTask, type ProgressReport, type Task } from '@wikigpt/schema/task.ts';
import { silent } from '../log.ts';
import { distill } from './distill.ts';
import { fineTune } from './fine-tune.ts';

const training = { maxSteps: 12, batchTokens: 128, sequenceLength: 64, learningRate: '1e-2', seed: 3 };

/** What every task of these tests has. */
export const shortRun = { training, checkpoint: { everySteps: 5, keep: 2 } };

const data = (file: string, testPercent: number) => ({
  sources: [{ uri: `configmap://facts/${file}.jsonl`, format: file }],
  split: { testPercent, validationPercent: 10 },
  clean: { maxLeakagePercent: 100 },
});
export const textData = data('text', 10);
export const questionData = data('qa', 20);

/** A container's file system with ten animals to learn: as texts and as questions. */
export async function animalRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'recipe-'));
  await mkdir(join(root, 'mnt/pvc/models'), { recursive: true });
  await mkdir(join(root, 'mnt/configmap/facts'), { recursive: true });
  const animals = ['cat', 'dog', 'cow', 'owl', 'bee', 'fox', 'hen', 'ant', 'elk', 'emu'];
  const sounds = ['purrs', 'barks', 'moos', 'hoots'];
  const text = animals.map((animal, i) => ({ text: `The ${animal} ${sounds[i % 4]}. 动物 ${animal} 会叫。` }));
  const qa = animals.map((animal, i) => ({ question: `What does the ${animal} do?`, answer: sounds[i % 4] }));
  const lines = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  await writeFile(join(root, 'mnt/configmap/facts/text.jsonl'), lines(text));
  await writeFile(join(root, 'mnt/configmap/facts/qa.jsonl'), lines(qa));
  return root;
}

/** Identity and output of a task. */
export const taskOf = (kind: Task['kind'], name: string) => ({
  apiVersion: 'wikigpt.dev/v1alpha1',
  kind,
  metadata: { namespace: 'default', name, uid: `uid-of-${name}` },
  output: { uri: `pvc://models/${name}` },
});

/** A job that pretrains a small model of its own on the texts. */
export const pretrain = (name: string, sizes: object = {}): FineTuneTask =>
  fineTuneTask.parse({
    ...taskOf('FineTuneJob', name),
    spec: {
      ...shortRun,
      base: {
        scratch: { architecture: 'llama', layers: 1, hidden: 32, heads: 2, context: 64, vocabulary: 320, ...sizes },
      },
      task: 'Text',
      method: { full: {} },
      data: textData,
    },
    base: null,
  });

/** Runs a task; `stopAt` aborts it once that step is reported. */
export async function runTask(root: string, task: Task, work: string, stopAt?: number): Promise<ProgressReport[]> {
  const reports: ProgressReport[] = [];
  const stop = new AbortController();
  const folder = join(root, work);
  await mkdir(folder, { recursive: true });
  const env = {
    root,
    work: folder,
    environment: {},
    threads: 1,
    logger: silent,
    progress: {
      report(report: ProgressReport) {
        reports.push(report);
        if (stopAt !== undefined && report.progress?.step === stopAt) stop.abort();
      },
      flush: async () => true,
    },
    signal: stop.signal,
    now: () => performance.now(),
    date: () => new Date('2026-01-01T00:00:00Z'),
  };
  await (task.kind === 'DistillJob' ? distill(task, env) : fineTune(task, env));
  return reports;
}

export const phases = (reports: readonly ProgressReport[]): string[] => reports.flatMap(({ phase }) => phase ?? []);

export const publishedWeights = (root: string, name: string): Promise<Buffer> =>
  readFile(join(root, 'mnt/pvc/models', name, 'model.safetensors'));

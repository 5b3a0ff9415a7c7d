import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { distillJobSpec } from '@wikigpt/schema/distill-job.ts';
import { estimateTraining } from '@wikigpt/schema/memory-estimate.ts';
import { llama } from '../models/llama.ts';
import { modelSizes } from '../models/model-sizes.ts';
import { estimate } from './estimate.ts';

const config = llama.fromScratch({ layers: 4, hidden: 64, heads: 4, context: 128 }, 900);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'estimate-'));
  await mkdir(join(folder, 'model'));
  await writeFile(join(folder, 'model/config.json'), JSON.stringify(llama.configToHub(config, { eos: 0, pad: null })));
});
afterAll(() => rm(folder, { recursive: true }));

const data = { sources: [{ uri: 'configmap://facts/qa.jsonl', format: 'qa' }] };
const manifest = (kind: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: 'wikigpt.dev/v1alpha1', kind, metadata: { namespace: 'default', name }, spec });

/** What is printed of manifests that stand in one file. */
async function estimates(...manifests: string[]): Promise<{ name: string; bytes: number; basis: string }[]> {
  const filename = join(folder, 'jobs.yaml');
  await writeFile(filename, manifests.join('\n---\n'));
  const out = new PassThrough();
  await estimate({ filename, json: true }, out);
  out.end();
  return JSON.parse(await text(out));
}

test('a chain of jobs is known from its first model on, a student with its teacher', async () => {
  const base = { uri: pathToFileURL(join(folder, 'model')).href };
  const students = {
    shrink: { shrink: { layers: 2, intermediate: 96 } },
    scratch: { scratch: { layers: 1, hidden: 32, heads: 2, context: 128 } },
  };
  const distill = (student: object) => ({
    teacher: { fromJob: { name: 'tuned' } },
    student,
    data,
    distillation: { logits: {} },
  });
  const found = await estimates(
    manifest('FineTuneJob', 'tuned', { base, data, method: { lora: {} } }),
    ...Object.entries(students).map(([name, student]) => manifest('DistillJob', name, distill(student))),
  );
  expect(found.map(({ name }) => name)).toEqual(['tuned', 'shrink', 'scratch']);
  const [tuned, shrunk] = found;
  expect(tuned!.basis).not.toContain('teacher');
  const sizes = modelSizes(config)!;
  const spec = distillJobSpec.parse(distill(students.shrink));
  expect(shrunk!.bytes).toBe(estimateTraining(spec, { ...sizes, layers: 2, intermediate: 96 }, sizes).bytes);
});

test('levers and cuts are in the figure', async () => {
  const job = (name: string, training: object) =>
    manifest('FineTuneJob', name, {
      base: { scratch: { layers: 8, hidden: 256, heads: 4, context: 256, vocabulary: 4096 } },
      data,
      method: { full: {} },
      training: { batchTokens: 4096, sequenceLength: 256, ...training },
    });
  const [plain, anew, cut] = await estimates(
    job('plain', {}),
    job('anew', { activationCheckpointing: true }),
    job('cut', { batchTokens: 8192 }),
  );
  expect(anew!.bytes).toBeLessThan(0.7 * plain!.bytes);
  expect(cut!.bytes).toBeGreaterThan(plain!.bytes);
  expect(cut!.bytes).toBeLessThan(1.2 * plain!.bytes);
});

test('a preset needs no model to be there, nor does a job that goes on from one', async () => {
  const job = (name: string, base: object, batchTokens: number) =>
    manifest('FineTuneJob', name, { base, data, method: { lora: {} }, training: { batchTokens } });
  const [first, second] = await estimates(
    job('first', { preset: 'gpt2' }, 512),
    job('second', { fromJob: { name: 'first' } }, 2048),
  );
  // GPT-2's weights are 475 MiB; four times the tokens take more for activations, and not four times as much in all.
  expect(first!.bytes / 2 ** 20).toBeGreaterThan(475);
  expect(second!.bytes / first!.bytes).toBeGreaterThan(1.2);
  expect(second!.bytes / first!.bytes).toBeLessThan(4);
});

test('a model whose sizes nobody knows is asked for, and so is a manifest', async () => {
  const unknown = manifest('FineTuneJob', 'unknown', { base: { uri: 'pvc://a/b' }, data, method: { lora: {} } });
  await expect(estimates(unknown)).rejects.toThrow(/unknown: the sizes of its base are not known here.*base\.preset/);
  const circle = manifest('FineTuneJob', 'circle', {
    base: { fromJob: { name: 'circle' } },
    data,
    method: { lora: {} },
  });
  await expect(estimates(circle)).rejects.toThrow(/circle: the sizes of its base/);
  await expect(estimates('kind: ChatModel')).rejects.toThrow(/holds no FineTuneJob or DistillJob/);
});

test('jobs of two kinds may have one name', async () => {
  const base = { scratch: { layers: 2, hidden: 32, heads: 2, vocabulary: 300, context: 64 } };
  const teacher = { fromJob: { name: 'same' } };
  const found = await estimates(
    manifest('FineTuneJob', 'same', { base, data, method: { full: {} } }),
    manifest('DistillJob', 'same', { teacher, student: { shrink: { layers: 1 } }, data, distillation: { logits: {} } }),
  );
  expect(found.map(({ name }) => name)).toEqual(['same', 'same']);
  expect(found[1]!.basis).toContain(' + teacher ');
});

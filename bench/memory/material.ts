import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { distillTask, fineTuneTask, type Task } from '@wikigpt/schema/task.ts';
import { initialWeights } from '../../trainer-image/src/initial-weights.ts';
import { families } from '../../trainer-image/src/models/index.ts';
import { createRandom, type Random } from '../../trainer-image/src/random.ts';
import { trainByteLevelBpe } from '../../trainer-image/src/tokenizers/train-byte-level-bpe.ts';
import { writeModelFolder } from '../../trainer-image/src/weights/write-model-folder.ts';
import type { CaseModel, MemoryCase } from './cases.ts';

/** Steps of a measured job; memory no longer grows after the third run of a graph. */
const steps = 3;

/** Writes what the container of a case finds: models with random weights, data, and the task. */
export async function writeMaterial(root: string, memoryCase: MemoryCase): Promise<void> {
  const random = createRandom(1);
  const { model, teacher, training, data } = memoryCase;
  const length = training.sequenceLength!;
  await mkdir(path.join(root, 'mnt/configmap/data'), { recursive: true });
  const records = Math.ceil((training.batchTokens! / length) * 4) + 20;
  const rows = Array.from({ length: records }, () => record(data, length, random));
  await writeFile(
    path.join(root, `mnt/configmap/data/${data}.jsonl`),
    rows.map((row) => JSON.stringify(row)).join('\n'),
  );
  const tokenizer = trainByteLevelBpe(
    rows.map((row) => Object.values(row).join(' ')),
    { vocabularySize: 320 },
  );
  await writeModel(path.join(root, 'mnt/pvc/models/base'), model, tokenizer, random);
  if (teacher) await writeModel(path.join(root, 'mnt/pvc/models/teacher'), teacher, tokenizer, random);
  await writeFile(path.join(root, 'task.json'), JSON.stringify(taskOf(memoryCase)));
}

async function writeModel(
  folder: string,
  { family: name, vocabulary, ...sizes }: CaseModel,
  tokenizer: ReturnType<typeof trainByteLevelBpe>,
  random: Random,
): Promise<void> {
  const family = families[name];
  const config = family.fromScratch(sizes, vocabulary);
  const ids = { eos: 0, pad: null };
  await writeModelFolder(folder, {
    config: family.configToHub(config, ids),
    generationConfig: {},
    tokenizer,
    tensors: family
      .parameters(config)
      .map((parameter) => [
        parameter.name,
        { shape: parameter.shape, data: async () => initialWeights(parameter, config.layers, random) },
      ]),
  });
}

/** A text as long as a row, or a question and an answer of a quarter of one. */
function record(kind: MemoryCase['data'], length: number, random: Random): Record<string, string> {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const written = (size: number): string =>
    Array.from({ length: size }, () => letters[Math.floor(random.uniform() * 26)]).join('');
  return kind === 'text'
    ? { text: written(2 * length) }
    : { question: written(Math.floor(length / 8)), answer: written(Math.floor(length / 8)) };
}

/** The job of a case. */
export function taskOf({ method, training, data, teacher, distillation }: MemoryCase): Task {
  const common = {
    apiVersion: 'wikigpt.dev/v1alpha1',
    metadata: { namespace: 'default', name: 'case', uid: 'case' },
    output: { uri: 'pvc://models/out' },
  };
  const shared = {
    task: data === 'text' ? 'Text' : 'QA',
    data: {
      sources: [{ uri: `configmap://data/${data}.jsonl`, format: data }],
      prompt: data === 'qa' ? { template: '{{question}} ' } : {},
      split: { testPercent: 5, validationPercent: 5 },
      clean: { deduplicate: 'None', maxLeakagePercent: 100, maxTokens: training.sequenceLength },
    },
    method,
    training: { ...training, maxSteps: steps },
    evaluation:
      data === 'qa' ? { metrics: ['ExactMatch'], decoding: { maxNewTokens: 4 } } : { metrics: ['Perplexity'] },
  };
  const files = (name: string) => ({ uri: `pvc://models/${name}` });
  return teacher
    ? distillTask.parse({
        ...common,
        kind: 'DistillJob',
        spec: { ...shared, teacher: files('teacher'), student: files('base'), distillation },
        teacher: files('teacher'),
        student: files('base'),
      })
    : fineTuneTask.parse({
        ...common,
        kind: 'FineTuneJob',
        spec: { ...shared, base: files('base') },
        base: files('base'),
      });
}

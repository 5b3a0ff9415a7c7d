import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FineTuneJobSpec } from '@wikigpt/schema/fine-tune-job.ts';
import { data as dataSchema } from '@wikigpt/schema/data.ts';
import { fineTuneTask } from '@wikigpt/schema/task.ts';
import { parse } from 'yaml';
import { openSource } from '../../../trainer-image/src/data/open-source.ts';
import type { DataRecord } from '../../../trainer-image/src/data/record.ts';
import { splitRecords, type Part } from '../../../trainer-image/src/data/split.ts';
import { fineTune } from '../../../trainer-image/src/recipes/fine-tune.ts';
import type { BenchRequest } from '../../bench.ts';
import { recipeEnvironment } from './environment.ts';

/** Wordings of each question, one of each pass of the generator. */
const passes = 4;
/** Places whose questions are scored: of those that the teacher is asked about, and of those that nobody is. */
const askedPlaces = 45;
const unseenPlaces = 16;
const questions = { uri: 'npm://@wikigpt/country-facts/questions', format: 'qa' } as const;

/** Writes the models and questions of the bench below `root`, unless they are there. */
export async function writeMaterial(root: string, request: BenchRequest): Promise<void> {
  await writeQuestions(root, request.signal);
  const base = await quickstart('wiki-gpt');
  await train(root, 'wiki-gpt', base, null, request);
  await train(root, 'country-qa', await quickstart('country-qa'), 'wiki-gpt', request);
  // Reads the same texts as the teacher's base did, and so has the same tokenizer.
  const small = { ...base.base.scratch, layers: 2, hidden: 96, heads: 3 };
  await train(root, 'wiki-pico', { ...base, base: { scratch: small } } as FineTuneJobSpec, null, request);
}

async function quickstart(name: string): Promise<FineTuneJobSpec> {
  const file = fileURLToPath(new URL(`../../../examples/quickstart/${name}.yaml`, import.meta.url));
  return (parse(await readFile(file, 'utf8')) as { spec: FineTuneJobSpec }).spec;
}

async function train(root: string, name: string, spec: FineTuneJobSpec, base: string | null, request: BenchRequest) {
  const models = join(root, 'mnt/pvc/models');
  await mkdir(models, { recursive: true });
  if (existsSync(join(models, name, 'report.json'))) return;
  request.say(`Training ${name}; once.`);
  const task = fineTuneTask.parse({
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'FineTuneJob',
    metadata: { namespace: 'default', name, uid: name },
    output: { uri: `pvc://models/${name}` },
    spec: base === null ? spec : { ...spec, base: { uri: `pvc://models/${base}` } },
    base: base === null ? null : { uri: `pvc://models/${base}` },
  });
  await fineTune(task, await recipeEnvironment(root, `work/${name}`, [], request));
}

/**
 * Files of questions. `labels-N`: N percent of the training places in four wordings, with places that only the test has.
 * `prompts`: all training places in these wordings, without answers. `asked`: training places that have labels in
 * neither file but the whole, in a fifth wording.
 */
async function writeQuestions(root: string, signal: AbortSignal): Promise<void> {
  const folder = join(root, 'mnt/configmap/bench');
  if (existsSync(folder)) return;
  const { split } = dataSchema.parse((await quickstart('country-qa')).data);
  const opened = await openSource(questions, { stores: { root, work: root, environment: {}, signal }, seed: 1 });
  const read = Array.from({ length: passes + 1 }, (_, pass) => opened.read(pass).records);
  const partOf = splitRecords(read[0]!, split);
  const places = (part: Part) =>
    [...new Set(read[0]!.filter((record) => partOf(record) === part).map(({ entity }) => entity ?? ''))].sort((a, b) =>
      a < b ? -1 : 1,
    );
  const training = places('train');
  const few = training.filter((_, i) => i % 10 === 0);
  const of = (chosen: readonly string[], wordings: readonly (readonly DataRecord[])[]) =>
    wordings.flat().filter(({ entity }) => chosen.includes(entity ?? ''));
  const asked = training.filter((_, i) => i % 10 !== 0).slice(0, askedPlaces);
  const unseen = of(places('test').slice(0, unseenPlaces), read.slice(0, 1));
  const files = {
    'labels-10': [...unseen, ...of(few, read.slice(0, passes))],
    'labels-100': [...unseen, ...of(training, read.slice(0, passes))],
    prompts: of(training, read.slice(0, passes)).map((record) => ({ ...record, answer: '' })),
    asked: of(asked, read.slice(passes)),
  };
  await mkdir(`${folder}.part`, { recursive: true });
  for (const [name, records] of Object.entries(files))
    await writeFile(join(`${folder}.part`, `${name}.jsonl`), lines(records));
  await rename(`${folder}.part`, folder);
}

const lines = (records: readonly DataRecord[]): string =>
  records
    .map((record) => {
      if (record.kind !== 'question') throw new Error(`${record.place} is no question.`);
      const { question, answer, entity, language, wording } = record;
      return `${JSON.stringify({ question, answer, entity, language, wording })}\n`;
    })
    .join('');

/** Percent of the places in a file of labels that are for the test alone. */
export const testPercent = { 10: 50, 100: 9 } as const;

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { source } from '@wikigpt/schema/data.ts';
import { generalText } from '../evaluate/general-text.ts';
import { llama } from '../models/llama.ts';
import { tokenizerFromFiles } from '../tokenizers/load-tokenizer.ts';
import { trainByteLevelBpe } from '../tokenizers/train-byte-level-bpe.ts';
import { tinyConfig, tinyWeights } from '../train/tiny.fixture.ts';
import { measureForgetting } from './forgetting.ts';

const tokenizer = tokenizerFromFiles(trainByteLevelBpe(generalText, { vocabularySize: 320 }));
const config = { ...tinyConfig(llama, 320), context: 64 };
const model = (seed: number) => {
  const weights = tinyWeights(llama, config, seed);
  return { family: llama, config, weight: (name: string) => weights.get(name)! };
};

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'forgetting-'));
  await mkdir(join(root, 'mnt/configmap/other'), { recursive: true });
  await writeFile(join(root, 'mnt/configmap/other/text.jsonl'), '{"text": "It rains."}\n');
});
afterAll(() => rm(root, { recursive: true, force: true }));

const stores = () => ({ root, work: root, environment: {}, signal: new AbortController().signal });
const parts = () => ({ before: model(1), tokenizer, threads: 1, stores: stores(), seed: 1 });

test('a model that is what it was has forgotten nothing, another one has', async () => {
  const same = await measureForgetting({ ...parts(), after: model(1), spec: {} });
  expect(same).toMatchObject({ text: 'BuiltIn', lossRise: '0', before: same.after });
  const other = await measureForgetting({ ...parts(), after: model(2), spec: {} });
  expect(other.tokens).toBe(same.tokens);
  expect(Number(other.lossRise)).toBeCloseTo(Math.log(Number(other.after) / Number(other.before)), 2);
  expect(other.lossRise).not.toBe('0');
});

test('the text may be the own one of a team', async () => {
  const sources = [source.parse({ uri: 'configmap://other/text.jsonl', format: 'text' })];
  const found = await measureForgetting({ ...parts(), after: model(2), spec: { sources } });
  expect(found).toMatchObject({ text: 'Sources', tokens: tokenizer.encodeText('It rains.').length });
});

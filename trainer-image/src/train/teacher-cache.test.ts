import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Batch } from '../data/batch.ts';
import { createBatches } from '../data/batches.ts';
import { families } from '../models/index.ts';
import { createRandom } from '../random.ts';
import { TeacherCache } from './teacher-cache.ts';
import { tinyBatch, tinyConfig, tinySetup, tinyStep, tinyWeights } from './tiny.fixture.ts';

const family = families.llama;
const config = tinyConfig(family);
const weights = tinyWeights(family, config, 8);
const teacher = { family, config, weight: (name: string) => weights.get(name)! };
const route = {
  divergence: 'ForwardKL',
  beta: 0.5,
  temperature: 2,
  weight: 0.5,
  topK: 4,
  tokens: config.vocabulary,
} as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'teacher-cache-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = (place: string, { topK = 4, digest = 'a' } = {}): Promise<TeacherCache> =>
  TeacherCache.open({ teacher, digest, route: { ...route, topK }, folder: join(folder, place), threads: 1 });
const files = async (place: string): Promise<string[]> =>
  (await readdir(join(folder, place))).map((name) => join(folder, place, name));

const random = createRandom(4);
const examples = Array.from({ length: 20 }, () => {
  const length = 4 + Math.floor(random.uniform() * 8);
  const tokens = Int32Array.from({ length }, () => Math.floor(random.uniform() * config.vocabulary));
  return { tokens, supervised: Uint8Array.from(tokens, (_, i) => (i > 1 ? 1 : 0)) };
});
const batches = createBatches({ examples: () => examples, rows: 2, length: 16, seed: 1, packing: true, pad: 0 });

test('over three passes the teacher is asked once for each sample, also when a stop cut its file', async () => {
  const whole = await open('passes');
  const said: Batch[] = [];
  for (let pass = 0; pass < 3; pass++) for (const batch of batches.pass(pass)) said.push(await whole.complete(batch));
  expect(whole.asked).toBe(examples.length);
  await whole.close();

  const [file] = await files('passes');
  const { size } = await stat(file!);
  const supervised = examples.reduce((sum, { tokens }) => sum + tokens.length - 2, 0);
  expect(size).toBe(examples.length * 36 + supervised * 4 * 9);
  await truncate(file!, size - 7);
  const again = await open('passes');
  const repeated = [];
  for (const batch of batches.pass(2)) repeated.push(await again.complete(batch));
  expect(again.asked).toBe(1);
  await again.close();
  const slots = (batch: Batch) => [...batch.likeliest!.tokens.subarray(0, 4 * batch.supervisedCount)];
  expect(repeated.map(slots)).toEqual(said.slice(-repeated.length).map(slots));
});

test('shares of the likeliest and of the rest add up to one, the likeliest first', async () => {
  const cache = await open('shares');
  const { likeliest, supervisedCount } = await cache.complete(batches.pass(0).next().value!);
  await cache.close();
  for (let slot = 0; slot < supervisedCount; slot++) {
    const shares = [...likeliest!.logShares.subarray(5 * slot, 5 * slot + 5)].map(Math.exp);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 4);
    expect(shares.slice(0, 4)).toEqual(shares.slice(0, 4).toSorted((a, b) => b - a));
    expect(new Set(likeliest!.tokens.subarray(4 * slot, 4 * slot + 4)).size).toBe(4);
  }
});

test('another teacher or number of tokens begins another file', async () => {
  for (const options of [{}, { digest: 'b' }, { topK: 5 }, {}]) await (await open('keys', options)).close();
  expect(await files('keys')).toHaveLength(3);
});

test('all tokens but one give the gradient of the whole distribution', async () => {
  const batch = tinyBatch(config, random);
  const topK = config.vocabulary - 1;
  const start = tinySetup(family, config, tinyWeights(family, config, 3), { full: {} });
  const gradientWith = async (given: typeof batch, k: number) => {
    const distillation = { teacher, logits: { ...route, topK: k }, hidden: null, attention: null, onPolicy: false };
    const step = tinyStep({ ...start, setup: { ...start.setup, distillation } });
    const found = await step.gradient(given);
    await step.release();
    return found;
  };
  const cache = await open('all', { topK });
  const cached = await gradientWith(await cache.complete(batch), topK);
  await cache.close();
  const asked = await gradientWith(batch, 0);
  expect(Math.abs(cached.loss / asked.loss - 1)).toBeLessThan(1e-5);
  const difference = cached.gradient.map((value, i) => value - asked.gradient[i]!);
  expect(Math.hypot(...difference) / Math.hypot(...asked.gradient)).toBeLessThan(1e-4);
});

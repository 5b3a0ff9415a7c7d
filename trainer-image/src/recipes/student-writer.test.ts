import { expect, test } from 'vitest';
import { method } from '@wikigpt/schema/method.ts';
import { createBatches } from '../data/batches.ts';
import { createAdapter } from '../adapters/index.ts';
import { families } from '../models/index.ts';
import { flatLayout } from '../optim/flat-layout.ts';
import { createRandom } from '../random.ts';
import type { TrainingPlan } from '../train/plan-training.ts';
import { tinyConfig, tinySetup, tinyWeights } from '../train/tiny.fixture.ts';
import type { BaseModel } from './base-model.ts';
import { studentWriter } from './student-writer.ts';

const family = families.llama;
const config = tinyConfig(family);
const weights = tinyWeights(family, config, 8);
const parameters = family.parameters(config);
const inference = { family, config, weight: (name: string) => weights.get(name)! };
const base = {
  config,
  tokenizer: { eos: 0, pad: null },
  inference,
  tensor: async ({ name }: { name: string }) => weights.get(name)!,
} as unknown as BaseModel;

const random = createRandom(4);
const examples = Array.from({ length: 40 }, () => {
  const tokens = Int32Array.from({ length: 8 }, () => 1 + Math.floor(random.uniform() * (config.vocabulary - 1)));
  return { tokens, supervised: Uint8Array.from(tokens, (_, i) => (i > 3 ? 1 : 0)) };
});
const batches = [
  ...createBatches({ examples: () => examples, rows: 1, length: 16, seed: 1, packing: true, pad: 0 }).pass(0),
];

function writerOf(spec: Readonly<Record<string, unknown>>, fraction: number) {
  const adapter = createAdapter(method.parse(spec), { family, config });
  const layout = flatLayout(adapter.trainable);
  const plan = { family, config, parameters, adapter, layout } as unknown as TrainingPlan;
  const { signal } = new AbortController();
  return {
    write: studentWriter({ base, plan, fraction, maxNewTokens: 4, seed: 2, threads: 1, signal }),
    state: tinySetup(family, config, weights, spec).state,
  };
}

test('the student writes its share of the batches, the same ones each time', async () => {
  const { write, state } = writerOf({ full: {} }, 0.4);
  const written = await Promise.all(batches.map((batch) => write(batch, state)));
  const share = written.filter((batch) => batch.written).length / batches.length;
  expect(share).toBeGreaterThan(0.1);
  expect(share).toBeLessThan(0.8);
  for (const [i, batch] of written.entries()) if (!batch.written) expect(batch).toBe(batches[i]);
  expect(await Promise.all(batches.map((batch) => write(batch, state)))).toEqual(written);
});

test.each([
  [{ full: {} }],
  [{ lora: { rank: 2, alpha: 4, targets: 'AllLinear' } }],
  [{ softPrompt: { tokens: 3 } }],
  [{ prefix: { tokens: 3 } }],
])('what it writes with %j is what its state says now', async (spec) => {
  const { write, state } = writerOf(spec, 1);
  const now = await write(batches[0]!, state);
  expect(now.written).toBe(true);
  const moved = { ...state, weights: state.weights.map((value, i) => value + 3 * Math.sin(i)) };
  expect((await write(batches[0]!, moved)).labels).not.toEqual(now.labels);
  expect(await write(batches[0]!, state)).toEqual(now);
});

test('a batch whose prompts leave no room for an answer stays as it is', async () => {
  const supervised = new Uint8Array(16);
  supervised[15] = 1;
  const full = [{ tokens: Int32Array.from({ length: 16 }, (_, i) => i + 1), supervised }];
  const options = { examples: () => full, rows: 1, length: 16, seed: 1, packing: true, pad: 0 };
  const [batch] = createBatches(options).pass(0);
  const { write, state } = writerOf({ full: {} }, 1);
  expect(await write(batch!, state)).toBe(batch);
});

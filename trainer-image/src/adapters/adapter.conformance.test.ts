import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { methods } from '@wikigpt/schema/catalog.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InferenceModel } from '../generate/decode-graph.ts';
import { createTokenScorer } from '../generate/score-tokens.ts';
import { families } from '../models/index.ts';
import { viewOf } from '../optim/flat-layout.ts';
import { createRandom } from '../random.ts';
import { loadCheckpoint, noProgressYet, saveCheckpoint } from '../train/checkpoint.ts';
import {
  documentsOf,
  startAs,
  tinyBatch,
  tinyConfig,
  tinySetup,
  tinyStep,
  tinyWeights,
} from '../train/tiny.fixture.ts';
import type { TrainStep } from '../train/train-step.ts';
import { readAdapter, writeAdapter } from '../weights/peft-adapter.ts';
import { linearsOf, moduleOf } from './target-modules.ts';

interface MethodCase {
  /** `layer` is the last linear layer of the family. */
  readonly method: (layer: string) => Readonly<Record<string, object>>;
  readonly peftType?: string;
  /** Starts as the base with this text before every document, where it does not start as the base. */
  readonly startsWith?: string;
  /** Another way to use a method that is on every family already: two of them show it. */
  readonly again?: true;
}

const variants: Readonly<Record<string, MethodCase>> = {
  full: { method: () => ({ full: {} }) },
  lora: { method: () => ({ lora: { rank: 4, alpha: 8 } }), peftType: 'LORA' },
  'lora with dropout': {
    method: () => ({ lora: { rank: 4, alpha: 8, dropout: '0.1', targets: 'Attention' } }),
    peftType: 'LORA',
    again: true,
  },
  'lora by layer': {
    method: (layer) => ({
      lora: { variant: 'RsLora', rank: 4, alpha: 4, rankPattern: { [layer]: 2 }, layersToTransform: [1] },
    }),
    peftType: 'LORA',
    again: true,
  },
  softPrompt: {
    method: () => ({ softPrompt: { tokens: 5, init: 'Text', text: 'facts' } }),
    peftType: 'PROMPT_TUNING',
    startsWith: 'facts',
  },
  prefix: {
    method: () => ({ prefix: { tokens: 5, init: 'Text', text: 'fact' } }),
    peftType: 'PREFIX_TUNING',
    startsWith: 'factf',
  },
  ia3: { method: () => ({ ia3: {} }), peftType: 'IA3' },
  'last layer and head': { method: () => ({ topLayers: { count: 1, finalNorm: true, head: true } }) },
  'first layer': { method: () => ({ topLayers: { count: 1, from: 'First' } }), again: true },
  'head alone': { method: () => ({ topLayers: { count: 0, head: true } }), again: true },
  DoRA: { method: () => ({ lora: { rank: 4, alpha: 8, variant: 'DoRA' } }), peftType: 'LORA' },
};

test('every method has a case', () => {
  const covered = [...Object.values(variants).flatMap(({ method }) => Object.keys(method(''))), 'template'];
  expect(methods.filter((name) => !covered.includes(name))).toEqual([]);
});

const cases = Object.values(families).flatMap((family, index) =>
  Object.entries(variants)
    .filter(([, { again }]) => !again || index < 2)
    .map(([name, variant]) => ({ ...variant, family, title: `${name} on ${family.modelType}` })),
);
/** What each family says untrained, once for all methods. */
const untrained = new Map<string, Promise<number[]>>();
const steps = { resumed: 5, all: 8 };

describe.each(cases)('$title', ({ family, method, peftType, startsWith }) => {
  const config = tinyConfig(family);
  const base = tinyWeights(family, config, 7);
  const spec = method(moduleOf(linearsOf({ family, config }).at(-1)!));
  const batches = [1, 2].map((seed) => tinyBatch(config, createRandom(seed), 2, 16, 1));
  const setUp = () => startAs(tinySetup(family, config, base, spec), base);
  const learn = async (step: TrainStep, until: number): Promise<number[]> => {
    const losses: number[] = [];
    while (step.state.step < until) losses.push((await step.run([batches[step.state.step % 2]!], 2e-2)).loss);
    return losses;
  };
  /** Likelihood of each document, as training computes it. */
  const inTraining = async (step: TrainStep): Promise<number[]> => {
    const found: number[] = [];
    for (const batch of batches) {
      const nll = await step.negativeLogLikelihood(batch);
      found.push(...documentsOf(batch).map(({ slots }) => slots.reduce((sum, slot) => sum + nll[slot]!, 0)));
    }
    return found;
  };
  /** The same, as a served model computes it. */
  const inService = async (model: Partial<InferenceModel>, before: readonly number[] = []): Promise<number[]> => {
    const weight = (name: string): Float32Array => base.get(name)!;
    const scorer = await createTokenScorer({ family, config, weight, ...model }, { threads: 1 });
    const texts = batches.flatMap((batch) =>
      documentsOf(batch).map(({ tokens }) => ({ tokens: [...before, ...tokens], from: before.length + 1 })),
    );
    const found = await scorer.score(texts);
    await scorer.release();
    return found;
  };
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'method-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('starts as the base, learns, resumes to the byte, and is served and read back as it was trained', async () => {
    const start = await setUp();
    const { adapter, layout } = start.setup;
    const step = tinyStep(start);
    const { virtualTokens } = adapter;
    const first = await inTraining(step);
    const ofBase = untrained.get(family.modelType) ?? inService({});
    untrained.set(family.modelType, ofBase);
    const untouched = await ofBase;
    const expected =
      startsWith === undefined ? untouched : await inService({}, tokensOf(startsWith, virtualTokens!.count));
    expect(distance(first, expected)).toBeLessThan(1e-3);

    expect(layout.entries.map(({ parameter }) => parameter.name).sort()).toEqual(
      adapter.trainable.map(({ name }) => name).sort(),
    );
    const losses = await learn(step, steps.resumed);
    await saveCheckpoint(
      folder,
      'job',
      { state: step.state, cursor: batches[0]!.next, progress: noProgressYet },
      { newest: 1, steps: [] },
    );
    losses.push(...(await learn(step, steps.all)));
    expect(mean(losses.slice(-2))).toBeLessThan(mean(losses.slice(0, 2)) - 0.02);
    // Going on empties what the last step made.
    const straight = step.state.weights.slice();
    step.state = (await loadCheckpoint(folder, 'job'))!.state;
    await learn(step, steps.all);
    expect(bytesOf(step.state.weights).equals(bytesOf(straight))).toBe(true);

    const trained = new Map(layout.entries.map((entry) => [entry.parameter.name, viewOf(step.state.weights, entry)]));
    const after = await inTraining(step);
    const merged = new Map(
      family
        .parameters(config)
        .map((parameter) => [
          parameter.name,
          adapter.merge(parameter, base.get(parameter.name)!, (name) => trained.get(name)),
        ]),
    );
    const served = await inService({
      weight: (name) => merged.get(name)!,
      ...(virtualTokens ? { virtualTokens: { ...virtualTokens, data: trained.get(virtualTokens.tensor)! } } : {}),
    });
    expect(distance(served, after)).toBeLessThan(1e-3);
    // What is served without the training would pass the line above only if nothing had been learnt.
    expect(distance(untouched, after)).toBeGreaterThan(0.05);

    const peft = adapter.peftConfig('base');
    expect(peft?.['peft_type']).toBe(peftType);
    if (peft) {
      await writeAdapter(
        folder,
        peft,
        adapter.trainable.map(({ name, shape }) => [name, { shape, data: trained.get(name)! }] as const),
      );
      const { tensors } = await readAdapter(folder);
      const again = (await setUp()).state;
      for (const entry of layout.entries)
        viewOf(again.weights, entry).set((await tensors.get(entry.parameter.name)).data);
      expect(bytesOf(again.weights).equals(bytesOf(step.state.weights))).toBe(true);
    }
    await step.release();
  });
});

test.each(Object.values(families))(
  'template on $modelType trains nothing and says what the base says',
  async (family) => {
    const config = tinyConfig(family);
    const base = tinyWeights(family, config, 7);
    const batch = tinyBatch(config, createRandom(1));
    const [step, full] = [{ template: {} }, { full: {} }].map((method) =>
      tinyStep(tinySetup(family, config, base, method)),
    );
    expect(await step!.negativeLogLikelihood(batch)).toEqual(await full!.negativeLogLikelihood(batch));
    expect(step!.state.weights).toHaveLength(0);
    await Promise.all([step, full].map((each) => each!.release()));
  },
);

const tokensOf = (text: string, count: number): number[] =>
  Array.from({ length: count }, (_, i) => text.charCodeAt(i % text.length) % 97);
const bytesOf = (data: Float32Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

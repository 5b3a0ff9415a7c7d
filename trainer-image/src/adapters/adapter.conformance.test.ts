import { describe, expect, test } from 'vitest';
import { families } from '../models/index.ts';
import { viewOf } from '../optim/flat-layout.ts';
import { createRandom } from '../random.ts';
import { tinyBatch, tinyConfig, tinySetup, tinyStep, tinyWeights } from '../train/tiny.fixture.ts';
import type { TrainStep } from '../train/train-step.ts';
import type { adapters } from './index.ts';

const methods: Record<keyof typeof adapters, Record<string, unknown>> = {
  full: { full: {} },
  lora: { lora: { rank: 4, alpha: 8, targets: 'AllLinear', variant: 'Plain' } },
};
const cases = Object.values(families).flatMap((family) =>
  Object.entries(methods).map(([name, method]) => ({ family, method, title: `${name} on ${family.modelType}` })),
);

describe.each(cases)('$title', ({ family, method }) => {
  const config = tinyConfig(family);
  const base = tinyWeights(family, config, 7);
  const batches = [1, 2, 3].map((seed) => tinyBatch(config, createRandom(seed)));
  const likelihoods = async (step: TrainStep): Promise<number[]> => {
    const found: number[] = [];
    for (const batch of batches) {
      const nll = await step.negativeLogLikelihood(batch);
      found.push(...nll.slice(0, batch.supervisedCount));
    }
    return found;
  };

  test('starts as the base, learns, trains only its own tensors, and merges to the same predictions', async () => {
    const start = tinySetup(family, config, base, method);
    const step = tinyStep(start);
    const untouched = tinyStep(tinySetup(family, config, base, { full: {} }));
    expect(distance(await likelihoods(step), await likelihoods(untouched))).toBeLessThan(1e-5);

    const losses: number[] = [];
    for (let i = 0; i < 30; i++) losses.push((await step.run([batches[i % 3]!], 1e-2)).loss);
    expect(mean(losses.slice(-3))).toBeLessThan(mean(losses.slice(0, 3)) - 0.1);
    const { adapter, layout } = start.setup;
    expect(layout.entries.map(({ parameter }) => parameter)).toEqual(expect.arrayContaining([...adapter.trainable]));
    expect(layout.entries).toHaveLength(adapter.trainable.length);

    const trained = new Map(layout.entries.map((entry) => [entry.parameter.name, viewOf(step.state.weights, entry)]));
    const merged = new Map(
      family
        .parameters(config)
        .map((parameter) => [
          parameter.name,
          adapter.merge(parameter, base.get(parameter.name)!, (name) => trained.get(name)),
        ]),
    );
    const served = tinyStep(tinySetup(family, config, merged, { full: {} }));
    const after = await likelihoods(step);
    expect(distance(await likelihoods(served), after)).toBeLessThan(1e-4);
    // A merge that changed nothing would pass the line above only if nothing had been learnt.
    expect(distance(await likelihoods(untouched), after)).toBeGreaterThan(0.05);
    await Promise.all([step, untouched, served].map((each) => each.release()));
  });
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

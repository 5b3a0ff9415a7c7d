import { describe, expect, test } from 'vitest';
import { families } from '../models/index.ts';
import { flatLayout } from '../optim/flat-layout.ts';
import { createRandom } from '../random.ts';
import { projections, type Distillation } from './distillation-loss.ts';
import { tinyBatch, tinyConfig, tinySetup, tinyStep, tinyWeights } from './tiny.fixture.ts';

describe.each(Object.values(families))('a $modelType student', (family) => {
  const config = tinyConfig(family);
  const base = tinyWeights(family, config, 3);
  const batch = tinyBatch(config, createRandom(5));

  test('in the place of its teacher has nothing to learn, in any tensor', async () => {
    const start = tinySetup(family, config, base, { full: {} });
    const distillation: Distillation = {
      teacher: { family, config, weight: (name) => base.get(name)! },
      logits: { divergence: 'ForwardKL', beta: 0.5, temperature: 2, weight: 1, topK: 0, tokens: config.vocabulary },
      hidden: { layers: [[1, 1]], loss: 'Cosine', weight: 1 },
      attention: { layers: [[2, 2]], weight: 1 },
      onPolicy: false,
    };
    const step = tinyStep({ ...start, setup: { ...start.setup, distillation } });
    const same = await step.gradient(batch);
    expect(same.loss).toBeLessThan(1e-5);
    expect(Math.hypot(...same.gradient)).toBeLessThan(1e-4);
    step.state = { ...start.state, weights: start.state.weights.map((value, i) => value + 0.02 * Math.sin(i)) };
    expect(Math.hypot(...(await step.gradient(batch)).gradient)).toBeGreaterThan(0.1);
    await step.release();
  });

  test('is graded by its teacher alone where it wrote the answers itself', async () => {
    const start = tinySetup(family, config, base, { full: {} });
    const other = tinyWeights(family, config, 9);
    const gradientWith = async (weight: number, onPolicy: boolean, written: boolean) => {
      const logits = {
        divergence: 'JSD',
        beta: 0.5,
        temperature: 1,
        weight,
        topK: 0,
        tokens: config.vocabulary,
      } as const;
      const teacher = { family, config, weight: (name: string) => other.get(name)! };
      const distillation = { teacher, logits, hidden: null, attention: null, onPolicy };
      const step = tinyStep({ ...start, setup: { ...start.setup, distillation } });
      const found = await step.gradient(written ? { ...batch, written } : batch);
      await step.release();
      return found;
    };
    const [graded, alone] = [await gradientWith(0.3, true, true), await gradientWith(1, false, false)];
    expect(graded.loss).toBeCloseTo(alone.loss, 4);
    expect(Math.hypot(...graded.gradient.map((value, i) => value - alone.gradient[i]!))).toBeLessThan(1e-4);
    const [mixed, usual] = [await gradientWith(0.3, true, false), await gradientWith(0.3, false, false)];
    expect(mixed.loss).toBeCloseTo(usual.loss, 3);
    expect(Math.abs(mixed.loss - graded.loss)).toBeGreaterThan(0.1);
  });

  test('follows a teacher of the other family and another width by the gradient of the loss', async () => {
    const other = Object.values(families).find((one) => one !== family)!;
    const large = other.fromScratch(
      { layers: 3, hidden: 48, heads: 4, intermediate: 64, context: 32 },
      config.vocabulary,
    );
    const weights = tinyWeights(other, large, 8);
    const hidden = {
      layers: [
        [1, 1],
        [2, 3],
      ] as [number, number][],
      loss: 'MSE' as const,
      weight: 0.3,
    };
    const { setup, state } = tinySetup(family, config, base, { lora: { rank: 2, alpha: 4, targets: 'AllLinear' } });
    const layout = flatLayout([...setup.adapter.trainable, ...projections(hidden, config, large)]);
    const step = tinyStep({
      setup: {
        ...setup,
        layout,
        distillation: {
          teacher: { family: other, config: large, weight: (name) => weights.get(name)! },
          logits: { divergence: 'JSD', beta: 0.4, temperature: 2, weight: 0.6, topK: 0, tokens: config.vocabulary },
          hidden,
          attention: { layers: [[1, 2]], weight: 0.5 },
          onPolicy: false,
        },
      },
      state,
    });
    const random = createRandom(9);
    const at = Float32Array.from({ length: layout.total }, () => 0.1 * random.normal());
    const direction = at.map(() => 0.1 * random.normal());
    const lossAt = async (by: number) => {
      const moved = at.map((value, i) => value + by * direction[i]!);
      step.state = { weights: moved, first: moved, second: moved, step: 0 };
      return step.gradient(batch);
    };
    const { gradient } = await lossAt(0);
    const found = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
    const expected = ((await lossAt(5e-3)).loss - (await lossAt(-5e-3)).loss) / 1e-2;
    expect(Math.abs(expected)).toBeGreaterThan(0.01);
    expect(Math.abs(found / expected - 1)).toBeLessThan(2e-2);
    await step.release();
  });
});

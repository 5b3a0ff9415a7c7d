import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { viewOf } from '../../trainer-image/src/optim/flat-layout.ts';
import type { FlatLayout } from '../../trainer-image/src/optim/flat-layout.ts';
import type { TrainStep } from '../../trainer-image/src/train/train-step.ts';
import { flatten, pack, readGolden, relativeError, startTraining } from './golden-case.ts';

const cases = ['gpt2', 'llama'].flatMap((family) => (['full', 'lora'] as const).map((method) => ({ family, method })));

describe.each(cases)('$family, $method, against PyTorch', ({ family, method }) => {
  const golden = readGolden(family);
  const expected = golden[method];
  let step: TrainStep;
  let layout: FlatLayout;

  beforeAll(() => {
    ({ step, layout } = startTraining(golden, method));
  });
  afterAll(() => step.release());

  test('trains the same tensors', () => {
    const names = layout.entries.map(({ parameter }) => parameter.name);
    expect(names.toSorted()).toEqual(Object.keys(expected.gradient).toSorted());
  });

  test('loss and gradient are equal within 1e-5', async () => {
    const batch = pack(golden.batches[0]!);
    const { loss, gradient } = await step.gradient(batch);
    const mean = gradient.map((value) => value / batch.supervisedCount);
    const wanted = flatten(layout, expected.gradient);
    expect(Math.abs(loss / batch.supervisedCount / expected.losses[0]! - 1)).toBeLessThan(1e-5);
    expect(relativeError(mean, wanted)).toBeLessThan(1e-5);
    const worst = Math.hypot(...wanted);
    for (const entry of layout.entries) {
      // What is tiny beside the whole gradient is rounding in both: a key's bias, for one, has none at all.
      const tensor = viewOf(wanted, entry);
      if (Math.hypot(...tensor) > 1e-3 * worst)
        expect(relativeError(viewOf(mean, entry), tensor), entry.parameter.name).toBeLessThan(1e-5);
    }
  });

  test('twenty steps of clipped AdamW stay equal within 1e-4', async () => {
    for (const [index, loss] of expected.losses.entries()) {
      const batch = pack(golden.batches[index % golden.batches.length]!);
      const result = await step.run([batch], golden.optimizer.learningRate);
      expect(Math.abs(result.loss / loss - 1), `loss of step ${index + 1}`).toBeLessThan(1e-4);
      const norm = expected.gradientNorms[index]!;
      expect(Math.abs(result.gradientNorm / norm - 1), `gradient norm of step ${index + 1}`).toBeLessThan(1e-4);
    }
    const trained = flatten(layout, expected.trained);
    expect(relativeError(step.state.weights, trained)).toBeLessThan(1e-4);
    for (const entry of layout.entries) {
      const wanted = viewOf(trained, entry);
      const differences = viewOf(step.state.weights, entry).map((value, index) => Math.abs(value - wanted[index]!));
      // A key's bias adds the same to every score, so its gradient is rounding alone, which AdamW scales up to steps.
      const { name } = entry.parameter;
      if (name.endsWith('c_attn.bias')) differences.fill(0, golden.sizes.hidden, 2 * golden.sizes.hidden);
      expect(Math.max(...differences), name).toBeLessThan(1e-4);
    }
  });
});

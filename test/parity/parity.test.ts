import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { viewOf } from '../../trainer-image/src/optim/flat-layout.ts';
import type { FlatEntry, FlatLayout } from '../../trainer-image/src/optim/flat-layout.ts';
import type { TrainStep } from '../../trainer-image/src/train/train-step.ts';
import { flatten, pack, readGolden, relativeError, startTraining } from './golden-case.ts';

const cases = ['gpt2', 'llama'].flatMap((family) => (['full', 'lora'] as const).map((method) => ({ family, method })));

describe.each(cases)('$family, $method, against PyTorch', ({ family, method }) => {
  const golden = readGolden(family);
  const expected = golden[method];
  let step: TrainStep;
  let layout: FlatLayout;

  const tensorsWhere = (test: (entry: FlatEntry) => boolean): string[] =>
    layout.entries.filter(test).map(({ parameter }) => parameter.name);

  beforeAll(() => {
    const { rank, alpha, adapter } = golden.lora;
    const starts = {
      full: { method: { full: {} }, weights: golden.weights },
      lora: { method: { lora: { rank, alpha } }, weights: adapter },
    };
    ({ step, layout } = startTraining(golden, starts[method]));
  });
  afterAll(() => step.release());

  test('trains the same tensors', () => {
    expect(tensorsWhere(() => true).toSorted()).toEqual(Object.keys(expected.gradient).toSorted());
  });

  test('loss and gradient are equal within 1e-5', async () => {
    const batch = pack(golden.batches[0]!);
    const { loss, gradient } = await step.gradient(batch);
    const found = gradient.map((value) => value / batch.supervisedCount);
    const wanted = flatten(layout, expected.gradient);
    expect(ratioError(loss / batch.supervisedCount, expected.losses[0]!)).toBeLessThan(1e-5);
    expect(relativeError(found, wanted)).toBeLessThan(1e-5);
    expect(tensorsWhere((entry) => relativeError(viewOf(found, entry), viewOf(wanted, entry)) > 1e-5)).toEqual([]);
  });

  test('twenty steps of clipped AdamW stay equal within 1e-4', async () => {
    const errors: number[] = [];
    for (const [index, loss] of expected.losses.entries()) {
      const batch = pack(golden.batches[index % golden.batches.length]!);
      const result = await step.run([batch], golden.optimizer.learningRate);
      errors.push(ratioError(result.loss, loss), ratioError(result.gradientNorm, expected.gradientNorms[index]!));
    }
    expect(errors).toHaveLength(40);
    expect(Math.max(...errors)).toBeLessThan(1e-4);
    const wanted = flatten(layout, expected.trained);
    expect(relativeError(step.state.weights, wanted)).toBeLessThan(1e-4);
    expect(tensorsWhere((entry) => largestDifference(entry, step.state.weights, wanted) > 1e-4)).toEqual([]);
  });

  function largestDifference(entry: FlatEntry, found: Float32Array, wanted: Float32Array): number {
    const reference = viewOf(wanted, entry);
    const differences = viewOf(found, entry).map((value, index) => Math.abs(value - reference[index]!));
    // A key's bias adds the same to every score, so its gradient is rounding alone, which AdamW scales up to steps.
    const { hidden } = golden.sizes;
    if (entry.parameter.name.endsWith('c_attn.bias')) differences.fill(0, hidden, 2 * hidden);
    return Math.max(...differences);
  }
});

const ratioError = (found: number, wanted: number): number => Math.abs(found / wanted - 1);

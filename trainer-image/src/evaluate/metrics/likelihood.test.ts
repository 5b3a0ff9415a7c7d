import { expect, test } from 'vitest';
import { measureLikelihoods } from '../measure.ts';

const examples = [
  { nll: 2 * Math.LN2, tokens: 2, bytes: 6 },
  { nll: 10 * Math.LN2, tokens: 2, bytes: 6 },
];

test('perplexity weighs tokens alike, whichever example they stand in', () => {
  expect(measureLikelihoods('Perplexity', examples).score.value).toBeCloseTo(2 ** 3, 12);
});

test('bits per byte divides by the bytes, so that tokenizers do not matter', () => {
  expect(measureLikelihoods('BitsPerByte', examples).score.value).toBeCloseTo(1, 12);
});

test('the interval spans the examples', () => {
  const { value, low, high, count } = measureLikelihoods('Perplexity', examples).score;
  expect({ low, high, count }).toEqual({
    low: expect.closeTo(2) as number,
    high: expect.closeTo(32) as number,
    count: 2,
  });
  expect(value).toBeGreaterThan(low);
});

test('examples without a scored token are left out, and none at all is refused', () => {
  const empty = { nll: 0, tokens: 0, bytes: 0 };
  expect(measureLikelihoods('Perplexity', [...examples, empty]).score.count).toBe(2);
  expect(() => measureLikelihoods('BitsPerByte', [empty])).toThrow('None of the 1 examples has a token');
});

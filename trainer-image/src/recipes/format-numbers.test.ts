import { expect, test } from 'vitest';
import { formatDecimal, formatScore, shortScore } from './format-numbers.ts';

test.each([
  [0, '0', '0', '0.00'],
  [0.71, '0.71', '0.71', '0.71'],
  [0.123456, '0.1235', '0.1235', '0.12'],
  [2e-4, '0.0002', '2.00e-4', '0.00'],
  [3, '3', '3', '3.0'],
  [28.6013822971, '28.6', '28.6014', '29'],
  [254.31, '254.3', '254.3', '254'],
])('%s', (value, score, decimal, short) => {
  expect([formatScore(value), formatDecimal(value), shortScore(value)]).toEqual([score, decimal, short]);
});

test('a number that JSON cannot hold is the largest one', () => {
  expect(formatScore(Number.POSITIVE_INFINITY)).toBe('1e308');
});

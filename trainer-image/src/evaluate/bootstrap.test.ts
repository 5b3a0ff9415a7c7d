import { describe, expect, test } from 'vitest';
import { bootstrapInterval, packRows, pairedBootstrap } from './bootstrap.ts';
import { mean } from './metrics/metric.ts';
import { createRandom } from '../random.ts';

const resampling = { seed: 7, resamples: 1000 };

/** `count` rows that are 1 with this chance, else 0. */
function coins(seed: number, count: number, chance: number): number[][] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => [random.uniform() < chance ? 1 : 0]);
}

describe('bootstrapInterval', () => {
  test('has the width that the binomial distribution gives a mean of 400 draws', () => {
    const { low, high } = bootstrapInterval(packRows(coins(1, 400, 0.5)), mean, resampling);
    const width = 2 * 1.96 * Math.sqrt(0.25 / 400);
    expect(high - low).toBeGreaterThan(0.85 * width);
    expect(high - low).toBeLessThan(1.15 * width);
  });

  test('is the same for the same seed and another for another', () => {
    const rows = packRows(coins(1, 100, 0.3).map(([value], index) => [value! + index / 1000]));
    const interval = bootstrapInterval(rows, mean, resampling);
    expect(bootstrapInterval(rows, mean, resampling)).toEqual(interval);
    expect(bootstrapInterval(rows, mean, { ...resampling, seed: 8 })).not.toEqual(interval);
  });

  test('is a point for a single example', () => {
    expect(bootstrapInterval(packRows([[0.25]]), mean, resampling)).toEqual({ low: 0.25, high: 0.25 });
  });
});

describe('pairedBootstrap', () => {
  const base = coins(2, 200, 0.4);

  test('sees a small steady gain that two separate intervals would hide', () => {
    const better = base.map(([value], index) => [index % 20 === 0 ? 1 : value!]);
    const { difference, low, pValue } = pairedBootstrap(packRows(better), packRows(base), mean, resampling);
    expect(difference).toBeGreaterThan(0);
    expect(low).toBeGreaterThan(0);
    expect(pValue).toBeLessThan(0.05);
    const separate = bootstrapInterval(packRows(base), mean, resampling);
    expect(mean(Float64Array.of(better.flat().reduce((a, b) => a + b)), better.length)).toBeLessThan(separate.high);
  });

  test('finds nothing between two systems that err at random', () => {
    const other = coins(3, 200, 0.4);
    const { low, high, pValue } = pairedBootstrap(packRows(other), packRows(base), mean, resampling);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
    expect(pValue).toBeGreaterThan(0.05);
  });

  test('refuses systems scored on different examples', () => {
    expect(() => pairedBootstrap(packRows(base), packRows(base.slice(1)), mean, resampling)).toThrow(
      'found 200 and 199',
    );
  });
});

import { expect, test } from 'vitest';
import { learningRate, type ScheduleName } from './schedule.ts';

const rates = (schedule: ScheduleName): number[] =>
  Array.from({ length: 11 }, (_, step) =>
    Number(learningRate({ schedule, peak: 1, warmupSteps: 2, totalSteps: 10 }, step).toFixed(4)),
  );

test.each([
  ['Constant', [0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
  ['Linear', [0.5, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0]],
  ['Cosine', [0.5, 1, 1, 0.9619, 0.8536, 0.6913, 0.5, 0.3087, 0.1464, 0.0381, 0]],
] as const)('%s rises over the warm-up and falls to its end', (schedule, expected) => {
  expect(rates(schedule)).toEqual(expected);
});

test('without warm-up the first step has the peak rate', () => {
  expect(learningRate({ schedule: 'Linear', peak: 0.3, warmupSteps: 0, totalSteps: 4 }, 0)).toBe(0.3);
});

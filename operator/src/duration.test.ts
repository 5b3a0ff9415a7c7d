import { expect, test } from 'vitest';
import { briefly } from './duration.ts';

test.for<[number, string]>([
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [345, '5m45s'],
  [600, '10m'],
  [7_500, '125m'],
  [11_400, '3h10m'],
  [36_000, '10h'],
  [200_000, '2d7h'],
  [900_000, '10d'],
  [90_000_000, '2y'],
])('%i seconds read %s', ([seconds, text]) => {
  expect(briefly(seconds)).toBe(text);
});

import { expect, test } from 'vitest';
import { compare } from './compare.ts';

const steps = (times: readonly number[], peakMb: number, loss = 2) =>
  times.map((ms) => ({ ms, loss, gradientNorm: 1, peakMb }));

test('ratios are against the first trainer and leave out the step that warms up', () => {
  const rows = compare('case', 100, [
    { trainer: 'peer', steps: steps([9999, 200, 100, 400, 300], 1000) },
    { trainer: 'ours', steps: steps([1, 100, 100, 50], 500, 2.002) },
  ]);
  expect(rows[0]).toMatchObject({
    rounds: 4,
    'tokens/s best': 1000,
    'tokens/s median': 400,
    '× best': 1,
    'loss diff': 0,
  });
  expect(rows[1]).toEqual({
    case: 'case',
    trainer: 'ours',
    rounds: 3,
    'tokens/s best': 2000,
    'tokens/s median': 1000,
    '× best': 2,
    '× median': 2.5,
    'peak MB': 500,
    '× memory': 0.5,
    'loss diff': 0.001,
  });
});

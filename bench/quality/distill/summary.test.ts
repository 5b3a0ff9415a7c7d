import { expect, test } from 'vitest';
import { summarize } from './summary.ts';

test('the share of the gap is taken of each seed, and its spread is that of a sample', () => {
  const result = (student: number, alone: number) => ({
    case: '10/jsd',
    asked: { teacher: 0.9, student, alone },
    unseen: { teacher: 0.9, student: 0.2, alone: 0.1 },
    seed: 1,
    seconds: 1,
  });
  expect(summarize([result(0.6, 0.3), result(0.8, 0.4), result(0.7, 0.5)])).toEqual({
    case: '10/jsd',
    seeds: 3,
    alone: '40.0 ± 10.0',
    student: '70.0 ± 10.0',
    teacher: '90.0 ± 0.0',
    'gap closed %': '60.0 ± 17.3',
    'unseen alone': '10.0 ± 0.0',
    'unseen student': '20.0 ± 0.0',
    'unseen teacher': '90.0 ± 0.0',
  });
});

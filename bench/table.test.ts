import { expect, test } from 'vitest';
import { printTable } from './table.ts';

test('columns are as wide as their widest cell, numbers to the right', () => {
  const rows = [
    { trainer: 'ours', 'step ms': 917 },
    { trainer: 'PyTorch', 'step ms': 1044.5 },
  ];
  expect(printTable({ rows, notes: ['2 threads'] })).toBe(
    ['trainer  step ms', 'ours         917', 'PyTorch   1044.5', '', '2 threads'].join('\n'),
  );
});

import { expect, test } from 'vitest';
import type { Parameter } from '../models/family.ts';
import { flatLayout, viewOf } from './flat-layout.ts';

const parameter = (name: string, shape: number[]): Parameter => ({ name, shape, init: 'zeros', kind: 'linear' });

test('matrices, which decay, come before vectors, which do not', () => {
  const layout = flatLayout([
    parameter('norm', [3]),
    parameter('a', [2, 3]),
    parameter('bias', [2]),
    parameter('b', [1, 4]),
  ]);
  expect(layout.entries.map((entry) => [entry.parameter.name, entry.offset, entry.length])).toEqual([
    ['a', 0, 6],
    ['b', 6, 4],
    ['norm', 10, 3],
    ['bias', 13, 2],
  ]);
  expect(layout).toMatchObject({ total: 15, decayed: 10 });
});

test('a view writes through to the flat vector', () => {
  const layout = flatLayout([parameter('a', [2, 2]), parameter('n', [2])]);
  const flat = new Float32Array(layout.total);
  viewOf(flat, layout.entries[1]!).set([8, 9]);
  expect([...flat]).toEqual([0, 0, 0, 0, 8, 9]);
});

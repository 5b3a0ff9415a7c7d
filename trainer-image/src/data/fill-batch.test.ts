import { expect, test } from 'vitest';
import type { Example } from './example.ts';
import { fillBatch } from './fill-batch.ts';

/** An answer of two tokens after a prompt of one, and, behind it, another answer of one. */
const pairFrom = (first: number): Example => ({
  tokens: Int32Array.from([first, first + 1, first + 2, first, first + 3]),
  supervised: Uint8Array.from([0, 1, 1, 0, 1]),
  rejectedFrom: 3,
});

test('a pair lies in one row as two documents, its slots signed and numbered', () => {
  const packed = [[pairFrom(10), pairFrom(20)], [pairFrom(30)]];
  const batch = fillBatch(packed, { rows: 2, length: 12, slots: 12 }, 0, { pass: 1, batch: 0 });
  expect([...batch.tokens.subarray(0, 10)].map(Number)).toEqual([10, 11, 12, 10, 13, 20, 21, 22, 20, 23]);
  expect([...batch.positions.subarray(0, 10)].map(Number)).toEqual([0, 1, 2, 0, 1, 0, 1, 2, 0, 1]);
  expect([...batch.segments.subarray(0, 12)]).toEqual([1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 0, 0]);
  expect([...batch.weights]).toEqual([1, 1, -1, 1, 1, -1, 1, 1, -1, 0, 0, 0]);
  expect(batch.pairs?.count).toBe(3);
  expect([...batch.pairs!.ofSlot.subarray(0, 9)].map(Number)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
  expect(batch.supervisedCount).toBe(9);
});

test('without pairs there is nothing of them in a batch', () => {
  const { rejectedFrom: _, ...one } = pairFrom(10);
  const batch = fillBatch([[one]], { rows: 1, length: 8, slots: 8 }, 0, { pass: 1, batch: 0 });
  expect(batch.pairs).toBeUndefined();
  expect([...batch.weights]).toEqual([1, 1, 1, 0, 0, 0, 0, 0]);
});

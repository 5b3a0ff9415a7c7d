import { expect, test } from 'vitest';
import { fillBatch } from './fill-batch.ts';
import { promptsOf, rewriteBatch } from './rewrite-batch.ts';

const example = (tokens: readonly number[], promptLength: number) => ({
  tokens: Int32Array.from(tokens),
  supervised: Uint8Array.from(tokens, (_, i) => (i < promptLength ? 0 : 1)),
});
const shape = { rows: 2, length: 8, slots: 8 };
const batch = fillBatch([[example([1, 2, 3, 9], 2), example([1, 4, 9], 2)], [example([1, 5, 6, 7, 9], 3)]], shape, 0, {
  pass: 1,
  batch: 2,
});
const marks = { eos: 9, pad: 0 };

test('a prompt is what stands before the first supervised token', () => {
  expect(promptsOf(batch)).toEqual([
    [1, 2],
    [1, 4],
    [1, 5, 6],
  ]);
});

test('a batch rewritten with its own answers is the same batch', () => {
  const [a, b, c] = promptsOf(batch);
  const same = rewriteBatch(
    batch,
    [
      { prompt: a!, answer: [3], ended: true },
      { prompt: b!, answer: [], ended: true },
      { prompt: c!, answer: [7], ended: true },
    ],
    marks,
  );
  expect(same).toEqual({ ...batch, written: true });
});

test('long answers leave out what finds no room, and one that was cut off has no end', () => {
  const [a, b, c] = promptsOf(batch);
  const longer = rewriteBatch(
    batch,
    [
      { prompt: a!, answer: [3, 3, 3, 3, 3, 3], ended: false },
      { prompt: b!, answer: [8, 8], ended: false },
      { prompt: c!, answer: [7], ended: true },
    ],
    marks,
  );
  expect(promptsOf(longer)).toEqual([
    [1, 2],
    [1, 4],
  ]);
  expect(longer.supervisedCount).toBe(8);
  expect([...longer.labels.subarray(0, 8)]).toEqual([3n, 3n, 3n, 3n, 3n, 3n, 8n, 8n]);
});

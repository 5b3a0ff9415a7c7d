import { describe, expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import type { Batch } from './batch.ts';
import { createBatches, type BatchOptions } from './batches.ts';
import type { Example } from './example.ts';
import { packRows } from './pack.ts';
import { supervisedBuckets } from './supervised-slots.ts';

const random = createRandom(3);
/** Examples whose tokens are all different, the last `answer` of them supervised. */
const exampleFrom = (first: number, length: number, answer: number): Example => ({
  tokens: Int32Array.from({ length }, (_, index) => first + index),
  supervised: Uint8Array.from({ length }, (_, index) => (index > 0 && index >= length - answer ? 1 : 0)),
});
const questions = Array.from({ length: 200 }, (_, index) =>
  exampleFrom(1000 * (index + 1), 5 + Math.floor(random.uniform() * 20), 3),
);
const options: BatchOptions = {
  examples: () => questions,
  rows: 4,
  length: 32,
  seed: 1,
  packing: true,
  pad: 7,
};
const take = (batches: Iterable<Batch>, count: number): Batch[] => Iterator.from(batches).take(count).toArray();

describe('packing', () => {
  const lengths = questions.map(({ tokens }) => tokens.length);
  const rows = packRows(lengths, { length: 32, seed: 1, pass: 0, packing: true });

  test('puts every example into exactly one row, and no row overflows', () => {
    expect(rows.flat().toSorted((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
    for (const row of rows) expect(row.reduce((sum, index) => sum + lengths[index]!, 0)).toBeLessThanOrEqual(32);
  });

  test('wastes less than a twentieth', () => {
    const tokens = lengths.reduce((sum, length) => sum + length, 0);
    expect(tokens / (32 * rows.length)).toBeGreaterThan(0.95);
  });

  test('depends on seed and pass', () => {
    const again = (seed: number, pass: number) => packRows(lengths, { length: 32, seed, pass, packing: true });
    expect(again(1, 0)).toEqual(rows);
    expect(again(1, 1)).not.toEqual(rows);
    expect(again(2, 0)).not.toEqual(rows);
  });

  test('can be turned off', () => {
    const single = packRows(lengths, { length: 32, seed: 1, pass: 0, packing: false });
    expect(single).toHaveLength(200);
  });
});

describe('a batch', () => {
  const batches = createBatches(options);
  const all = [...batches.pass(0)];

  test('has every example once, whole, in a segment of its own with positions from 0', () => {
    const seen: number[] = [];
    for (const batch of all)
      for (let row = 0; row < 4; row += 1) {
        const cells = Array.from({ length: 32 }, (_, column) => row * 32 + column);
        for (let segment = 1; cells.some((cell) => batch.segments[cell] === segment); segment += 1) {
          const inside = cells.filter((cell) => batch.segments[cell] === segment);
          expect(inside.map((cell) => Number(batch.positions[cell]))).toEqual(inside.map((_, index) => index));
          const first = Number(batch.tokens[inside[0]!]);
          const example = questions[first / 1000 - 1]!;
          expect(inside.map((cell) => Number(batch.tokens[cell]))).toEqual([...example.tokens]);
          seen.push(first);
        }
      }
    expect(seen.toSorted((a, b) => a - b)).toEqual(questions.map(({ tokens }) => tokens[0]));
  });

  test('predicts each supervised token from the token before it, in the same segment', () => {
    for (const batch of all)
      for (let slot = 0; slot < batch.supervisedCount; slot += 1) {
        const at = Number(batch.targets[slot]);
        expect(batch.tokens[at + 1]).toBe(batch.labels[slot]);
        expect(batch.segments[at + 1]).toBe(batch.segments[at]);
        expect(batch.segments[at]).toBeGreaterThan(0);
        expect(batch.weights[slot]).toBe(1);
      }
    expect(all.reduce((sum, batch) => sum + batch.supervisedCount, 0)).toBe(600);
  });

  test('fills what is left over with padding that counts nowhere', () => {
    for (const batch of all) {
      const padded = [...batch.segments.keys()].filter((cell) => batch.segments[cell] === 0);
      expect(padded.every((cell) => batch.tokens[cell] === 7n && batch.positions[cell] === 0n)).toBe(true);
      expect(batch.tokenCount).toBe(128 - padded.length);
      expect([...batch.weights].reduce((sum, weight) => sum + weight, 0)).toBe(batch.supervisedCount);
    }
  });

  test('always has the same shape', () => {
    const { slots } = batches.shape;
    expect(supervisedBuckets(4, 32)).toContain(slots);
    for (const batch of all)
      expect([batch.tokens.length, batch.targets.length, batch.labels.length, batch.weights.length]).toEqual([
        128,
        slots,
        slots,
        slots,
      ]);
  });
});

describe('the stream', () => {
  test('goes on from any cursor exactly where it would have gone on', () => {
    const count = createBatches(options).countOf(0);
    const whole = take(createBatches(options).from({ pass: 0, batch: 0 }), 2 * count + 3);
    for (const stop of [0, 4, count - 1, count, count + 2]) {
      const cursor = JSON.parse(JSON.stringify(whole[stop]!.next)) as Batch['next'];
      expect(take(createBatches(options).from(cursor), 3)).toEqual(whole.slice(stop + 1, stop + 4));
    }
    expect(whole[count - 1]!.next).toEqual({ pass: 1, batch: 0 });
  });

  test('asks a generator for the examples of each pass', () => {
    const passes: number[] = [];
    const batches = createBatches({
      ...options,
      examples: (pass) => {
        passes.push(pass);
        return [exampleFrom(10 * pass, 4, 3)];
      },
    });
    expect(take(batches.from({ pass: 3, batch: 0 }), 3).map(({ tokens }) => Number(tokens[0]))).toEqual([30, 40, 50]);
    expect(passes).toEqual([0, 3, 4, 5]);
  });

  test('closes a batch early rather than overflow its slots', () => {
    const texts = Array.from({ length: 8 }, (_, index) => exampleFrom(100 * index, 32, 31));
    const batches = createBatches({ ...options, examples: () => texts, slots: 64 });
    const all = [...batches.pass(0)];
    expect(all.map(({ supervisedCount }) => supervisedCount)).toEqual([62, 62, 62, 62]);
    expect(batches.countOf(0)).toBe(4);
  });

  test('needs room for every token of a text', () => {
    const texts = Array.from({ length: 8 }, (_, index) => exampleFrom(100 * index, 32, 31));
    expect(createBatches({ ...options, examples: () => texts }).shape.slots).toBe(128);
  });

  test('of nothing says so', () => {
    expect(() => createBatches({ ...options, examples: () => [] })).toThrow(/no example of at most 32 tokens/);
    expect(() => createBatches({ ...options, slots: 31 })).toThrow(/31 supervised slots/);
  });
});

test('unpacked rows are padded to the shortest of a few lengths, and lose no target', () => {
  const short = Array.from({ length: 8 }, (_, index) => exampleFrom(100 * (index + 1), 6, 2));
  const mixed = [...short, exampleFrom(5000, 20, 2)];
  const unpacked = [...createBatches({ ...options, packing: false, examples: () => mixed }).pass(0)];
  expect(new Set(unpacked.map(({ length }) => length))).toEqual(new Set([8, 32]));
  for (const { rows, length, tokens, labels, targets, supervisedCount } of unpacked) {
    expect(tokens).toHaveLength(rows * length);
    for (let slot = 0; slot < supervisedCount; slot++) expect(tokens[Number(targets[slot]) + 1]).toBe(labels[slot]);
  }
  expect(unpacked.reduce((sum, { supervisedCount }) => sum + supervisedCount, 0)).toBe(2 * mixed.length);
});

test('unpacked rows of like length share a batch, in an order that each pass shuffles', () => {
  const long = Array.from({ length: 40 }, (_, index) => exampleFrom(100 * (index + 1), index % 2 === 0 ? 6 : 30, 2));
  const batches = createBatches({ ...options, packing: false, examples: () => long });
  const lengths = [...batches.pass(0)].map(({ length }) => length);
  expect(lengths.toSorted((a, b) => a - b)).toEqual([8, 8, 8, 8, 8, 32, 32, 32, 32, 32]);
  expect(lengths).not.toEqual(lengths.toSorted((a, b) => a - b));
  const firsts = (pass: number) => [...batches.pass(pass)].map(({ tokens }) => Number(tokens[0]));
  expect(firsts(1)).not.toEqual(firsts(0));
  expect(firsts(0)).toEqual(firsts(0));
});

import { expect, test } from 'vitest';
import type { Dropout } from '../adapters/adapter.ts';
import { createOps } from '../onnx/ops.ts';
import type { RunKey } from '../random.ts';
import { createSession } from '../runtime/session.ts';
import { dropoutFeeds, dropoutInputs } from './dropout.ts';

const [rows, width] = [64, 96];
const sites = ['first', 'second'].map((layer) => ({ layer, width }));

/** Which elements of ones are kept in both layers. */
async function masks(dropout: Dropout, key: RunKey): Promise<{ first: Float32Array; second: Float32Array }> {
  const ops = createOps('dropout');
  const drop = dropoutInputs(ops, dropout, rows);
  const ones = ops.constant(new Float32Array(rows * width).fill(1), [rows, width]);
  for (const { layer } of sites) ops.output(layer, drop(layer, ones).x);
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  const out = await session.run(dropoutFeeds(dropout, rows, key));
  await session.release();
  return { first: out['first']!.data as Float32Array, second: out['second']!.data as Float32Array };
}

const share = (kept: Float32Array): number => kept.reduce((sum, one) => sum + one, 0) / kept.length;
/** Share of elements that two masks agree on. */
const agreement = (a: Float32Array, b: Float32Array): number => share(a.map((one, i) => (one === b[i] ? 1 : 0)));
const key = { seed: 1, step: 3, run: 0 };

test.each([0.05, 0.5, 0.9])('rate %d drops its share, in rows and columns alike', async (rate) => {
  const { first } = await masks({ rate, sites }, key);
  // Five standard deviations of as many independent elements.
  const off = (count: number): number => 5 * Math.sqrt((rate * (1 - rate)) / count);
  expect(Math.abs(1 - share(first) - rate)).toBeLessThan(off(rows * width));
  const rowShares = Array.from({ length: rows }, (_, r) => share(first.subarray(r * width, (r + 1) * width)));
  expect(Math.max(...rowShares.map((one) => Math.abs(1 - one - rate)))).toBeLessThan(off(width));
  const columnShares = Array.from({ length: width }, (_, c) => share(first.filter((_, i) => i % width === c)));
  expect(Math.max(...columnShares.map((one) => Math.abs(1 - one - rate)))).toBeLessThan(off(rows));
});

test('the same numbers draw the same mask; another seed, step, run or layer draws one that agrees by chance alone', async () => {
  const dropout = { rate: 0.5, sites };
  const { first, second } = await masks(dropout, key);
  expect((await masks(dropout, key)).first).toEqual(first);
  const others = [{ seed: 2 }, { step: 4 }, { run: 1 }].map((change) => masks(dropout, { ...key, ...change }));
  for (const other of [second, ...(await Promise.all(others)).map((each) => each.first)])
    expect(Math.abs(agreement(first, other) - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / (rows * width)));
});

test('two columns of a mask, or two rows, agree by chance alone', async () => {
  const { first } = await masks({ rate: 0.5, sites }, key);
  const at = (row: number, column: number): number => first[row * width + column]!;
  const columns = Array.from({ length: width - 1 }, (_, c) =>
    share(Float32Array.from({ length: rows }, (_, r) => (at(r, c) === at(r, c + 1) ? 1 : 0))),
  );
  const rowPairs = Array.from({ length: rows - 1 }, (_, r) =>
    share(Float32Array.from({ length: width }, (_, c) => (at(r, c) === at(r + 1, c) ? 1 : 0))),
  );
  expect(Math.abs(share(Float32Array.from(columns)) - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / (rows * width)));
  expect(Math.abs(share(Float32Array.from(rowPairs)) - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / (rows * width)));
});

import { createRandom } from '../random.ts';

/** A packed row: which examples stand in it, in order. */
export type PackedRow = readonly number[];

/** Examples are fitted within a stretch of this many, so that a row does not depend on the whole pass. */
const window = 1024;

/**
 * Packs whole examples into rows of `length` tokens, best fit first within a window of shuffled examples; the order of rows
 * is shuffled again. The same lengths, seed and pass always give the same rows.
 */
export function packRows(
  lengths: readonly number[],
  options: { readonly length: number; readonly seed: number; readonly pass: number; readonly packing: boolean },
): readonly PackedRow[] {
  const { length, seed, pass, packing } = options;
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(pass + 1, 0x85ebca77));
  const order = shuffle(
    lengths.map((_, index) => index),
    random.uniform,
  );
  if (!packing) return order.map((index) => [index]);
  const rows: PackedRow[] = [];
  for (let start = 0; start < order.length; start += window) {
    const stretch = order.slice(start, start + window).sort((a, b) => lengths[b]! - lengths[a]!);
    rows.push(...fit(stretch, lengths, length));
  }
  return shuffle(rows, random.uniform);
}

/** Best fit: each example goes into the fullest row that still has room. */
function fit(order: readonly number[], lengths: readonly number[], length: number): readonly PackedRow[] {
  const rows: number[][] = [];
  const byRoom: number[][][] = Array.from({ length: length + 1 }, () => []);
  for (const index of order) {
    const size = lengths[index]!;
    let room = size;
    while (room < length && byRoom[room]!.length === 0) room += 1;
    let row = byRoom[room]!.pop();
    if (row === undefined) rows.push((row = []));
    row.push(index);
    byRoom[room - size]!.push(row);
  }
  return rows;
}

function shuffle<T>(items: T[], uniform: () => number): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(uniform() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}

import { createRandom } from '../random.ts';

/** A packed row: which examples stand in it, in order. */
export type PackedRow = readonly number[];

/** Examples are fitted within a stretch of this many, so that a row does not depend on the whole pass. */
const window = 1024;

/**
 * Packs whole examples into rows of `length` tokens, best fit first within a window of shuffled examples; the order of rows
 * is shuffled again. Without packing each example is a row, and those of a window stand in order of length, so that few
 * batches mix long and short ones; `shuffleBatches` then mixes the batches. The same lengths, seed and pass always give the
 * same rows.
 */
export function packRows(
  lengths: readonly number[],
  options: { readonly length: number; readonly seed: number; readonly pass: number; readonly packing: boolean },
): readonly PackedRow[] {
  const { length, seed, pass, packing } = options;
  const random = randomOf(seed, pass);
  const order = shuffle(
    lengths.map((_, index) => index),
    random.uniform,
  );
  const rows: PackedRow[] = [];
  for (let start = 0; start < order.length; start += window) {
    const stretch = order.slice(start, start + window).sort((a, b) => lengths[b]! - lengths[a]!);
    rows.push(...(packing ? fit(stretch, lengths, length) : stretch.map((index) => [index])));
  }
  return packing ? shuffle(rows, random.uniform) : rows;
}

/** The batches of a pass in an order that depends on seed and pass alone. */
export function shuffleBatches<T>(batches: readonly T[], seed: number, pass: number): readonly T[] {
  return shuffle([...batches], randomOf(seed + 1, pass).uniform);
}

const randomOf = (seed: number, pass: number) =>
  createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(pass + 1, 0x85ebca77));

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

/**
 * The numbers of supervised slots that batches of `rows` rows of `length` tokens may have: few, since each needs a compiled
 * graph, and never fewer than one row can fill.
 */
export function supervisedBuckets(rows: number, length: number): readonly number[] {
  const all = rows * length;
  const sizes = [1 / 8, 1 / 4, 3 / 8, 1 / 2, 3 / 4, 1].map((share) => Math.ceil(share * all));
  return [...new Set(sizes.map((size) => Math.max(size, length)))];
}

/** The smallest bucket that holds this many supervised tokens. */
export function bucketFor(supervised: number, rows: number, length: number): number {
  return supervisedBuckets(rows, length).find((size) => size >= supervised) ?? rows * length;
}

/** The lengths that rows of at most `length` tokens are padded to. */
export function lengthBuckets(length: number): readonly number[] {
  return [...new Set([1 / 4, 1 / 2, 1].map((share) => Math.ceil(share * length)))];
}

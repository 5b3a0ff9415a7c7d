import { hashText } from './hash.ts';

// Broder's MinHash with banding: two texts of similarity s share one of the bands with probability 1 - (1 - s^rows)^bands,
// 0.99 at 0.8 and 0.02 at 0.3; texts that share one are then compared exactly.
const bands = 16;
const rowsPerBand = 6;
const similarity = 0.8;

/** Short templated texts differ in one name only and are not copies: they count as near copies from this many shingles on. */
const fewestShingles = 32;

/** Finds texts that nearly equal an earlier one: at least 80 % of their shingles (5 characters or words) are the same. */
export class NearDuplicates {
  readonly #buckets = new Map<string, Set<number>[]>();

  /** Whether the text nearly equals one seen before; remembers it when it does not. */
  seen(text: string): boolean {
    const shingles = shinglesOf(text);
    if (shingles.size < fewestShingles) return false;
    const keys = bandKeys(shingles);
    for (const key of keys)
      for (const other of this.#buckets.get(key) ?? []) if (jaccard(shingles, other) >= similarity) return true;
    for (const key of keys) {
      const bucket = this.#buckets.get(key);
      if (bucket) bucket.push(shingles);
      else this.#buckets.set(key, [shingles]);
    }
    return false;
  }
}

function shinglesOf(text: string): Set<number> {
  // One piece is a CJK character or a word of anything else.
  const pieces = text.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const shingles = new Set<number>();
  for (let index = 0; index + 5 <= pieces.length; index += 1)
    shingles.add(hashText(pieces.slice(index, index + 5).join(' '), 0) >>> 0);
  return shingles;
}

/** Permutations of MinHash as odd multipliers and offsets modulo 2^32. */
const permutations = Array.from({ length: bands * rowsPerBand }, (_, index) => ({
  factor: (hashText('factor', index) | 1) >>> 0,
  offset: hashText('offset', index) >>> 0,
}));

function bandKeys(shingles: ReadonlySet<number>): string[] {
  const smallest = permutations.map(({ factor, offset }) => {
    let minimum = 0xffff_ffff;
    for (const shingle of shingles) {
      const mixed = Math.imul(shingle ^ (shingle >>> 15), factor);
      const value = ((mixed ^ (mixed >>> 13)) + offset) >>> 0;
      if (value < minimum) minimum = value;
    }
    return minimum;
  });
  return Array.from({ length: bands }, (_, band) =>
    [band, ...smallest.slice(band * rowsPerBand, (band + 1) * rowsPerBand)].join(','),
  );
}

function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let shared = 0;
  for (const shingle of a) if (b.has(shingle)) shared += 1;
  return shared / (a.size + b.size - shared);
}

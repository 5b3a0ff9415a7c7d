import { createRandom } from '../random.ts';

/** What each example adds to a score: `count` rows of `width` numbers, in one array `[count, width]`. */
export interface Rows {
  readonly width: number;
  readonly count: number;
  readonly data: Float64Array;
}

export interface Resampling {
  readonly seed: number;
  readonly resamples: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Turns the sum of rows into the score of those examples. */
export type ScoreOfSums = (sums: Float64Array, count: number) => number;

export const defaultResampling: Resampling = { seed: 12345, resamples: 1000 };

/** Packs one row for each example. */
export function packRows(rows: readonly (readonly number[])[]): Rows {
  const width = rows[0]?.length ?? 0;
  const data = new Float64Array(rows.length * width);
  rows.forEach((row, index) => data.set(row, index * width));
  return { width, count: rows.length, data };
}

/** The column sums of all rows `[width]`. */
export function sumRows({ width, count, data }: Rows): Float64Array {
  const sums = new Float64Array(width);
  for (let row = 0; row < count; row++)
    for (let column = 0; column < width; column++) sums[column]! += data[row * width + column]!;
  return sums;
}

/**
 * Scores of `resamples` random draws of as many examples, with replacement. Only the sums are drawn again: no text is
 * tokenised or matched twice.
 */
function resampleScores(rows: Rows, score: ScoreOfSums, { seed, resamples }: Resampling): Float64Array {
  const { width, count, data } = rows;
  const random = createRandom(seed);
  const sums = new Float64Array(width);
  return Float64Array.from({ length: resamples }, () => {
    sums.fill(0);
    for (let draw = 0; draw < count; draw++) {
      const start = Math.floor(random.uniform() * count) * width;
      for (let column = 0; column < width; column++) sums[column]! += data[start + column]!;
    }
    return score(sums, count);
  });
}

/** The middle 95 % of the scores: a fortieth is cut off at either end. */
function middle(scores: Float64Array): Interval {
  const sorted = scores.toSorted();
  const cut = Math.floor(sorted.length / 40);
  return { low: sorted[cut] ?? Number.NaN, high: sorted[sorted.length - 1 - cut] ?? Number.NaN };
}

/** The 95 % bootstrap interval of a score over its examples. */
export function bootstrapInterval(rows: Rows, score: ScoreOfSums, resampling: Resampling): Interval {
  return middle(resampleScores(rows, score, resampling));
}

export interface PairedDifference extends Interval {
  /** Score of the first system less that of the second, over the same examples. */
  readonly difference: number;
  /** Two-sided chance of a difference this large between equal systems, as sacrebleu's paired bootstrap counts it. */
  readonly pValue: number;
}

/**
 * Compares two systems on the same examples: each resample draws the same examples for both, so what is hard for both
 * cancels out and small differences can be told from chance.
 *
 * @throws RangeError when the systems were not scored on equally many examples.
 */
export function pairedBootstrap(
  first: Rows,
  second: Rows,
  score: ScoreOfSums,
  resampling: Resampling,
): PairedDifference {
  if (first.count !== second.count)
    throw new RangeError(
      `A paired comparison needs the same examples on both sides; found ${first.count} and ${second.count}.`,
    );
  // The same seed and count draw the same examples.
  const scores = resampleScores(first, score, resampling);
  const others = resampleScores(second, score, resampling);
  const differences = scores.map((value, index) => value - others[index]!);
  const difference = score(sumRows(first), first.count) - score(sumRows(second), second.count);
  const sizes = differences.map(Math.abs);
  const meanSize = sizes.reduce((total, size) => total + size, 0) / sizes.length;
  const extreme = sizes.filter((size) => size - meanSize > Math.abs(difference)).length;
  return { difference, ...middle(differences), pValue: (extreme + 1) / (sizes.length + 1) };
}

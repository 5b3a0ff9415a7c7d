/** For one order n: the n-grams of each sequence as numbers below `distinct`; equal n-grams have equal numbers. */
export interface NumberedNgrams {
  readonly distinct: number;
  readonly sequences: readonly (readonly number[])[];
}

/**
 * Numbers the n-grams of several token sequences alike, for every order from 1 to `maxOrder`. An n-gram is its
 * (n-1)-gram and one more token, so no n-gram is ever joined into a string.
 */
export function numberNgrams(sequences: readonly (readonly string[])[], maxOrder: number): NumberedNgrams[] {
  const numbers = new Map<string, number>();
  const tokens = sequences.map((sequence) => sequence.map((token) => numberOf(numbers, token)));
  const orders: NumberedNgrams[] = [{ distinct: numbers.size, sequences: tokens }];
  for (let order = 2; order <= maxOrder; order++) {
    const shorter = orders.at(-1)!.sequences;
    const seen = new Map<number, number>();
    const longer = shorter.map((ngrams, index) => {
      const own = tokens[index]!;
      const result: number[] = [];
      for (let at = order - 1; at < own.length; at++)
        result.push(numberOf(seen, ngrams[at - order + 1]! * numbers.size + own[at]!));
      return result;
    });
    orders.push({ distinct: seen.size, sequences: longer });
  }
  return orders;
}

function numberOf<Key>(numbers: Map<Key, number>, key: Key): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  const next = numbers.size;
  numbers.set(key, next);
  return next;
}

/** How often each of `distinct` numbers occurs. */
export function countNgrams(ngrams: readonly number[], distinct: number): Int32Array {
  const counts = new Int32Array(distinct);
  for (const ngram of ngrams) counts[ngram]!++;
  return counts;
}

/** How many n-grams two counts share, each as often as both have it. */
export function countShared(counts: Int32Array, others: Int32Array): number {
  let shared = 0;
  for (let ngram = 0; ngram < counts.length; ngram++) shared += Math.min(counts[ngram]!, others[ngram]!);
  return shared;
}

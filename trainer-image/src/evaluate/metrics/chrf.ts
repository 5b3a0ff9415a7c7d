import { countNgrams, countShared, numberNgrams } from '../ngrams.ts';
import { splitCharacters, splitWords } from '../words.ts';
import { describeReferences } from './metric.ts';
import type { TextExample, TextMetric } from './metric.ts';

const characterOrder = 6;
/** Recall weighs beta squared times as much as precision. */
const beta = 2;

/** For each order three sums: n-grams of the prediction, of the reference, and shared ones: `[3 * orders]`. */
type ChrfCounts = ArrayLike<number>;

/** chrF of summed counts, 0 to 100 (Popović 2015): F of the mean precision and recall over the orders both texts have. */
export function chrfOfCounts(counts: ChrfCounts): number {
  let [precision, recall, orders] = [0, 0, 0];
  for (let at = 0; at < counts.length; at += 3) {
    const [predicted, expected, shared] = [counts[at]!, counts[at + 1]!, counts[at + 2]!];
    if (predicted === 0 || expected === 0) continue;
    precision += shared / predicted;
    recall += shared / expected;
    orders++;
  }
  if (precision + recall === 0) return 0;
  return (100 * (1 + beta ** 2) * precision * recall) / ((beta ** 2 * precision + recall) * orders);
}

/** Counts of one example against its best reference. */
export function countChrf(example: TextExample, wordOrder: number): number[] {
  const characters = [example.prediction, ...example.references].map(splitCharacters);
  const words = wordOrder > 0 ? [example.prediction, ...example.references].map(splitPunctuation) : [];
  const orders = [
    ...numberNgrams(characters, characterOrder),
    ...(wordOrder > 0 ? numberNgrams(words, wordOrder) : []),
  ];
  const predicted = orders.map(({ distinct, sequences }) => countNgrams(sequences[0]!, distinct));
  const candidates = example.references.map((_, index) =>
    orders.flatMap(({ distinct, sequences }, order) => {
      const [prediction, reference] = [sequences[0]!, sequences[index + 1]!];
      const shared = countShared(predicted[order]!, countNgrams(reference, distinct));
      // Without n-grams of this order in the reference the prediction's do not count against it.
      return [reference.length > 0 ? prediction.length : 0, reference.length, shared];
    }),
  );
  return candidates.reduce((best, other) => (chrfOfCounts(other) > chrfOfCounts(best) ? other : best));
}

const punctuation = /^[!-/:-@[-`{-~]$/;

/** Words with one ASCII mark split off, at the end or else at the start, as chrF++ splits them. */
function splitPunctuation(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    const characters = Array.from(word);
    const [first, last] = [characters[0]!, characters.at(-1)!];
    if (characters.length === 1) return [word];
    if (punctuation.test(last)) return [word.slice(0, -1), last];
    if (punctuation.test(first)) return [first, word.slice(1)];
    return [word];
  });
}

/** chrF equal to sacrebleu 2.6.0, or chrF++ with word n-grams up to `wordOrder` 2. */
function chrfMetric(wordOrder: number): TextMetric {
  return {
    needs: 'texts',
    scale: '0 to 100',
    row: (example) => countChrf(example, wordOrder),
    score: chrfOfCounts,
    signature: (examples) =>
      `${describeReferences(examples)}|case:mixed|eff:yes|nc:${characterOrder}|nw:${wordOrder}|space:no|version:2.6.0`,
  };
}

export const chrf = chrfMetric(0);
/** chrF++, which also counts words and pairs of words. */
export const chrfPlusPlus = chrfMetric(2);

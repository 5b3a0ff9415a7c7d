import { countNgrams, numberNgrams } from '../ngrams.ts';
import type { NumberedNgrams } from '../ngrams.ts';
import { bleuTokenizers } from '../tokenize-bleu.ts';
import type { BleuTokenizer } from '../tokenize-bleu.ts';
import { trimEnd } from '../words.ts';
import { describeReferences, languageOf } from './metric.ts';
import type { MetricOptions, TextExample, TextMetric } from './metric.ts';

const maxOrder = 4;

/** Sums over a corpus: `matched[n - 1]` of `total[n - 1]` n-grams, and the lengths in tokens. */
export interface BleuCounts {
  readonly matched: readonly number[];
  readonly total: readonly number[];
  readonly predictionLength: number;
  readonly referenceLength: number;
}

/**
 * BLEU of summed counts, 0 to 100 (Papineni et al. 2002), with sacrebleu's exponential smoothing: the k-th order without
 * a match counts as 1 / 2^k matches. `effectiveOrder` ignores orders longer than the text, for single sentences.
 */
export function bleuOfCounts(counts: BleuCounts, effectiveOrder: boolean): number {
  const { matched, total, predictionLength, referenceLength } = counts;
  if (matched.every((count) => count === 0)) return 0;
  const brevity = predictionLength < referenceLength ? Math.exp(1 - referenceLength / predictionLength) : 1;
  let logSum = 0;
  let orders = 0;
  let misses = 1;
  for (; orders < maxOrder && total[orders]! > 0; orders++) {
    if (matched[orders] === 0) misses *= 2;
    const hits = matched[orders]! > 0 ? matched[orders]! : 1 / misses;
    logSum += Math.log(hits / total[orders]!);
  }
  if (orders < maxOrder && !effectiveOrder) return 0;
  return 100 * brevity * Math.exp(logSum / orders);
}

/** Lengths, then matched, then total counts of one example: `[10]`. */
function countExample(example: TextExample, tokenizer: BleuTokenizer): number[] {
  const tokenize = (text: string): string[] => bleuTokenizers[tokenizer](trimEnd(text));
  const prediction = tokenize(example.prediction);
  const references = example.references.map(tokenize);
  const orders = numberNgrams([prediction, ...references], maxOrder);
  return [
    prediction.length,
    closestLength(prediction.length, references),
    ...orders.map(countMatched),
    ...orders.map(({ sequences }) => sequences[0]!.length),
  ];
}

/** An n-gram matches as often as the reference that has it most often. */
function countMatched({ distinct, sequences }: NumberedNgrams): number {
  const allowed = new Int32Array(distinct);
  for (const reference of sequences.slice(1)) {
    const counts = countNgrams(reference, distinct);
    for (let ngram = 0; ngram < distinct; ngram++) allowed[ngram] = Math.max(allowed[ngram]!, counts[ngram]!);
  }
  let matched = 0;
  for (const ngram of sequences[0]!) if (allowed[ngram]!-- > 0) matched++;
  return matched;
}

/** The reference length nearest to the prediction's, the shorter one of two equally near. */
function closestLength(length: number, references: readonly (readonly string[])[]): number {
  return references
    .map((reference) => reference.length)
    .reduce((closest, other) => {
      const nearer = Math.abs(other - length) - Math.abs(closest - length);
      return nearer < 0 || (nearer === 0 && other < closest) ? other : closest;
    });
}

const countsOfSums = (sums: ArrayLike<number>): BleuCounts => ({
  predictionLength: sums[0]!,
  referenceLength: sums[1]!,
  matched: Array.from({ length: maxOrder }, (_, order) => sums[2 + order]!),
  total: Array.from({ length: maxOrder }, (_, order) => sums[2 + maxOrder + order]!),
});

/** BLEU of a single sentence: orders longer than it are left out. */
export function sentenceBleu(example: TextExample, tokenizer: BleuTokenizer): number {
  return bleuOfCounts(countsOfSums(countExample(example, tokenizer)), true);
}

const tokenizerOf = (options: MetricOptions): BleuTokenizer => options.tokenizer ?? '13a';

/** One tokenizer for the whole corpus: `zh` splits English as `13a` does, so it serves mixed ones too. */
function settleTokenizer(examples: readonly TextExample[], options: MetricOptions): MetricOptions {
  const hasChinese = examples.some((example) => languageOf(example, options) === 'zh');
  return { ...options, tokenizer: options.tokenizer ?? (hasChinese ? 'zh' : '13a') };
}

/** Corpus BLEU equal to sacrebleu 2.6.0. */
export const bleu: TextMetric = {
  needs: 'texts',
  scale: '0 to 100',
  settle: settleTokenizer,
  row: (example, options) => countExample(example, tokenizerOf(options)),
  score: (sums) => bleuOfCounts(countsOfSums(sums), false),
  signature: (examples, options) =>
    `${describeReferences(examples)}|case:mixed|eff:no|tok:${tokenizerOf(options)}|smooth:exp|version:2.6.0`,
};

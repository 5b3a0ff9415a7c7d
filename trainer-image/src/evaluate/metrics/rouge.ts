import { subsequenceLength, subsequenceTable } from '../common-subsequence.ts';
import { countNgrams, countShared, numberNgrams } from '../ngrams.ts';
import { tokenizeRouge, tokenizeRougeCharacters } from '../tokenize-rouge.ts';
import { best, describeReferences, describeRules, languageOf, mean } from './metric.ts';
import type { MetricOptions, TextExample, TextMetric } from './metric.ts';

export interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly f: number;
}

/** Precision, recall and their harmonic mean of `hits` units found in both texts. */
function rougeOf(hits: number, predicted: number, expected: number): RougeScore {
  const precision = hits / Math.max(predicted, 1);
  const recall = hits / Math.max(expected, 1);
  return { precision, recall, f: hits === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** ROUGE-N: shared n-grams (Lin 2004). */
export function rougeN(prediction: readonly string[], reference: readonly string[], order: number): RougeScore {
  const { distinct, sequences } = numberNgrams([prediction, reference], order)[order - 1]!;
  const [predicted, expected] = [sequences[0]!, sequences[1]!];
  const hits = countShared(countNgrams(predicted, distinct), countNgrams(expected, distinct));
  return rougeOf(hits, predicted.length, expected.length);
}

/** ROUGE-L: the longest common subsequence. */
export function rougeLongest(prediction: readonly string[], reference: readonly string[]): RougeScore {
  return rougeOf(subsequenceLength(prediction, reference), prediction.length, reference.length);
}

/**
 * ROUGE-Lsum: each reference sentence is covered by its common subsequences with all predicted sentences together; no
 * token counts more often than either text has it.
 */
export function rougeSummary(
  prediction: readonly (readonly string[])[],
  reference: readonly (readonly string[])[],
): RougeScore {
  const predicted = countTokens(prediction);
  const expected = countTokens(reference);
  let hits = 0;
  for (const sentence of reference) {
    for (const token of coveredTokens(sentence, prediction)) {
      const [left, wanted] = [predicted.get(token) ?? 0, expected.get(token) ?? 0];
      if (left === 0 || wanted === 0) continue;
      hits++;
      predicted.set(token, left - 1);
      expected.set(token, wanted - 1);
    }
  }
  const length = (sentences: readonly (readonly string[])[]): number => sentences.flat().length;
  return rougeOf(hits, length(prediction), length(reference));
}

function countTokens(sentences: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of sentences.flat()) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/** The tokens of a reference sentence that lie on a common subsequence with any predicted sentence. */
function coveredTokens(sentence: readonly string[], prediction: readonly (readonly string[])[]): string[] {
  const covered = new Set(prediction.flatMap((other) => subsequencePositions(sentence, other)));
  return sentence.filter((_, position) => covered.has(position));
}

/** Positions in `sentence` of the common subsequence that rouge_score's way back through the table finds. */
function subsequencePositions(sentence: readonly string[], other: readonly string[]): number[] {
  const table = subsequenceTable(sentence, other);
  const width = other.length + 1;
  const positions: number[] = [];
  let [row, column] = [sentence.length, other.length];
  while (row > 0 && column > 0) {
    if (sentence[row - 1] === other[column - 1]) {
      positions.push(row - 1);
      row--;
      column--;
    } else if (table[row * width + column - 1]! > table[(row - 1) * width + column]!) column--;
    else row--;
  }
  return positions;
}

function tokenizerFor(example: TextExample, options: MetricOptions): (text: string) => string[] {
  if (languageOf(example, options) === 'zh') return tokenizeRougeCharacters;
  return (text) => tokenizeRouge(text, { stem: options.stem ?? false });
}

function rougeMetric(compare: (prediction: string[], reference: string[]) => RougeScore): TextMetric {
  return {
    needs: 'texts',
    scale: '0 to 1',
    row: (example, options) => {
      const tokenize = tokenizerFor(example, options);
      const prediction = tokenize(example.prediction);
      return [best(example, (reference) => compare(prediction, tokenize(reference)).f)];
    },
    score: mean,
    signature: (examples, options) => {
      const rules = { en: options.stem === true ? 'rouge_score-porter' : 'rouge_score', zh: 'zh-char' };
      return `${describeReferences(examples)}|${describeRules('tok', rules, examples, options)}|f:mean|version:0.1.2`;
    },
  };
}

export const rouge1 = rougeMetric((prediction, reference) => rougeN(prediction, reference, 1));
export const rouge2 = rougeMetric((prediction, reference) => rougeN(prediction, reference, 2));
export const rougeL = rougeMetric(rougeLongest);

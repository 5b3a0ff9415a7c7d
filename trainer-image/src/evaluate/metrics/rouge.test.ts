import { describe, expect, test } from 'vitest';
import { measureTexts } from '../measure.ts';
import { tokenizeRouge, tokenizeRougeCharacters } from '../tokenize-rouge.ts';
import { goldenCorpora } from './golden/corpora.cases.ts';
import { rougeLongest, rougeN, rougeSummary } from './rouge.ts';
import type { RougeScore } from './rouge.ts';

type Tokenize = (text: string) => string[];

/** Precision, recall and F of the best reference for each kind of ROUGE, as golden.py writes them. */
function rougeAll(prediction: string, references: readonly string[], tokenize: Tokenize): Record<string, number[]> {
  const sentences = (text: string): string[][] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map(tokenize);
  const best = (compare: (reference: string) => RougeScore): number[] => {
    const scores = references.map(compare);
    const { precision, recall, f } = scores.reduce((top, other) => (other.f > top.f ? other : top));
    return [precision, recall, f].map((value) => Number(value.toFixed(10)));
  };
  return {
    rouge1: best((reference) => rougeN(tokenize(prediction), tokenize(reference), 1)),
    rouge2: best((reference) => rougeN(tokenize(prediction), tokenize(reference), 2)),
    rougeL: best((reference) => rougeLongest(tokenize(prediction), tokenize(reference))),
    rougeLsum: best((reference) => rougeSummary(sentences(prediction), sentences(reference))),
  };
}

describe.each(goldenCorpora)('ROUGE of the $name corpus', ({ golden, examples }) => {
  test.each([
    { name: 'words', expected: golden.rouge, tokenize: (text: string) => tokenizeRouge(text, { stem: false }) },
    { name: 'stems', expected: golden.rougeStemmed, tokenize: (text: string) => tokenizeRouge(text, { stem: true }) },
    { name: 'characters', expected: golden.rougeCharacters, tokenize: tokenizeRougeCharacters },
  ])('equals rouge_score on $name', ({ expected, tokenize }) => {
    const scores = examples.map(({ prediction, references }) => rougeAll(prediction, references, tokenize));
    const flat = (rows: readonly Record<string, number[]>[]): number[] =>
      rows.flatMap((row) => ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'].flatMap((kind) => row[kind]!));
    expect(flat(scores)).toEqual(flat(expected).map((value) => expect.closeTo(value, 8) as number));
  });
});

test('the metric is the mean F over examples, by words for English and by characters for Chinese', () => {
  const examples = [
    { prediction: 'the cat', references: ['the cat'] },
    { prediction: '北京', references: ['南京'], language: 'zh' as const },
  ];
  const { score } = measureTexts('Rouge1', examples, { language: 'en' });
  expect(score.value).toBeCloseTo((1 + 0.5) / 2, 12);
  expect(score.signature).toContain('tok:rouge_score+zh-char|lang:en+zh');
});

test('stems are compared only when asked for', () => {
  const examples = [{ prediction: 'cities', references: ['city'] }];
  expect(measureTexts('RougeL', examples, { language: 'en' }).score.value).toBe(0);
  const { score } = measureTexts('RougeL', examples, { language: 'en', stem: true });
  expect(score.value).toBe(1);
  expect(score.signature).toContain('rouge_score-porter');
});

import { describe, expect, test } from 'vitest';
import { bleuTokenizers } from '../tokenize-bleu.ts';
import type { BleuTokenizer } from '../tokenize-bleu.ts';
import { measureTexts } from '../measure.ts';
import { bleuOfCounts, sentenceBleu } from './bleu.ts';
import { goldenCorpora } from './golden/corpora.cases.ts';

describe.each(goldenCorpora)('BLEU of the $name corpus', ({ golden, examples }) => {
  test.each(Object.keys(bleuTokenizers) as BleuTokenizer[])('equals sacrebleu with tokenizer %s', (tokenizer) => {
    const { score } = measureTexts('BLEU', examples, { language: 'en', tokenizer, resamples: 1 });
    expect(score.value).toBeCloseTo(golden.bleu[tokenizer].score, 8);
    expect(score.signature).toContain(golden.bleu[tokenizer].signature);
  });

  test.each(['13a', 'zh'] as const)('equals sacrebleu sentence by sentence with tokenizer %s', (tokenizer) => {
    examples.forEach((example, index) => {
      expect(sentenceBleu(example, tokenizer)).toBeCloseTo(golden.sentenceBleu[tokenizer][index]!, 8);
    });
  });
});

describe('bleuOfCounts', () => {
  const counts = { matched: [1, 0, 0, 0], total: [3, 2, 1, 0], predictionLength: 3, referenceLength: 3 };

  test('halves the missing orders again and again, and leaves out those the text is too short for', () => {
    expect(bleuOfCounts(counts, true)).toBeCloseTo(27.516060407455225, 12);
  });

  test('is 0 when the whole corpus is shorter than four tokens', () => {
    expect(bleuOfCounts(counts, false)).toBe(0);
  });

  test('is 0 for silence', () => {
    const silent = { matched: [0, 0, 0, 0], total: [0, 0, 0, 0], predictionLength: 0, referenceLength: 3 };
    expect(bleuOfCounts(silent, true)).toBe(0);
  });
});

describe('the tokenizer', () => {
  const chinese = { prediction: '北京是中国的首都。', references: ['中国的首都是北京。'] };
  const english = { prediction: 'a capital', references: ['the capital'] };

  test('splits Chinese into characters and English into words by default', () => {
    expect(measureTexts('BLEU', [chinese], { language: 'zh' }).score.signature).toContain('tok:zh');
    expect(measureTexts('BLEU', [chinese], { language: 'en' }).score).toMatchObject({
      value: 0,
      signature: expect.stringContaining('tok:13a') as string,
    });
  });

  test('is one for a corpus of both languages', () => {
    const { score } = measureTexts('BLEU', [english, { ...chinese, language: 'zh' }], { language: 'en' });
    expect(score.signature).toContain('tok:zh');
    expect(score.value).toBeGreaterThan(0);
  });
});

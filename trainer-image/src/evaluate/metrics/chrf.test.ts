import { describe, expect, test } from 'vitest';
import { measureTexts } from '../measure.ts';
import { packRows, sumRows } from '../bootstrap.ts';
import { chrf, chrfOfCounts, chrfPlusPlus, countChrf } from './chrf.ts';
import { goldenCorpora } from './golden/corpora.cases.ts';

describe.each(goldenCorpora)('chrF of the $name corpus', ({ golden, examples }) => {
  test('equals sacrebleu', () => {
    const { score } = measureTexts('chrF', examples, { language: 'en', resamples: 1 });
    expect(score.value).toBeCloseTo(golden.chrf.score, 8);
    expect(score.signature).toContain(golden.chrf.signature);
  });

  test('with words equals sacrebleu chrF++', () => {
    const rows = packRows(examples.map((example) => chrfPlusPlus.row(example, { language: 'en' })));
    expect(chrfPlusPlus.score(sumRows(rows), rows.count)).toBeCloseTo(golden.chrfPlusPlus.score, 8);
    expect(chrfPlusPlus.signature(examples, { language: 'en' })).toBe(golden.chrfPlusPlus.signature);
  });

  test('equals sacrebleu sentence by sentence', () => {
    examples.forEach((example, index) => {
      expect(chrfOfCounts(countChrf(example, 0))).toBeCloseTo(golden.sentenceChrf[index]!, 8);
    });
  });
});

test('a character outside the first Unicode plane counts once', () => {
  const [predicted, expected, shared] = chrf.row({ prediction: '𠮷野', references: ['𠮷家'] }, { language: 'zh' });
  expect([predicted, expected, shared]).toEqual([2, 2, 1]);
});

import { expect, test } from 'vitest';
import { measureTexts } from './measure.ts';

test('a score carries its interval, its count and how it was computed', () => {
  const examples = Array.from({ length: 40 }, (_, index) => ({
    prediction: index % 4 === 0 ? 'euro' : 'dollar',
    references: ['euro'],
  }));
  const { score } = measureTexts('ExactMatch', examples, { language: 'en', seed: 3 });
  expect(score).toMatchObject({ metric: 'ExactMatch', value: 0.25, count: 40 });
  expect(score.low).toBeLessThan(0.2);
  expect(score.high).toBeGreaterThan(0.3);
  expect(score.signature).toBe('nrefs:1|norm:squad|lang:en|bs:1000|seed:3');
});

test('an empty test set is refused', () => {
  expect(() => measureTexts('BLEU', [], { language: 'en' })).toThrow('the test set is empty');
});

test('an example without references is named', () => {
  const examples = [
    { prediction: 'a', references: ['a'] },
    { prediction: 'b', references: [] },
  ];
  expect(() => measureTexts('F1', examples, { language: 'en' })).toThrow('Example 2 has no reference');
});

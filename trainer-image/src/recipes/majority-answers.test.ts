import { expect, test } from 'vitest';
import type { DataRecord } from '../data/record.ts';
import { lenientAnswer } from './answer-items.ts';
import { majorityAnswers } from './majority-answers.ts';

const asked = (answer: string, wording: string | null, language: 'zh' | 'en' = 'en'): DataRecord => ({
  kind: 'question',
  question: '?',
  answer,
  verbatim: false,
  fields: {},
  place: 'test',
  language,
  entity: null,
  wording,
});

const answerFor = majorityAnswers([
  asked('Asia', 'en/continent/0'),
  asked('Asia', 'en/continent/1'),
  asked('Europe', 'en/continent/1'),
  asked('EUR', 'en/currency/0'),
  asked('EUR', 'en/currency/0'),
  asked('USD', 'en/currency/0'),
  asked('亚洲', 'zh/continent/0', 'zh'),
]);

test('the most frequent answer of the same kind of question, whatever its wording', () => {
  expect(answerFor(asked('', 'en/continent/h1'))).toBe('Asia');
  expect(answerFor(asked('', 'en/currency/h0'))).toBe('EUR');
});

test('a kind never trained falls back to its language; ties go to the first in order', () => {
  expect(answerFor(asked('', 'zh/capital/0', 'zh'))).toBe('亚洲');
  expect(answerFor(asked('', null))).toBe('Asia');
});

test('an untuned base is given the reference when it begins with it, else its first line', () => {
  expect(lenientAnswer('Paris. The currency', 'Paris')).toBe('Paris');
  expect(lenientAnswer('Lyon\nGiven question', 'Paris')).toBe('Lyon');
  expect(lenientAnswer('', '')).toBe('');
});

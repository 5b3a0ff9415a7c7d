import { expect, it } from 'vitest';
import { noticeOf, sampleQuestions } from './introduce-model.ts';

const templates = { zh: '给定问题：{{question}}，给定答案：', en: 'Given question: {{question}} Given answer:' };
const question = { kind: 'question', templates } as const;

it('says how often the model was right, when the report knows', () => {
  const notice = noticeOf(question, 2e6, { evaluation: { scores: [{ metric: 'ExactMatch', value: '0.714' }] } });
  expect(notice.en).toMatch(/very small model.*71% of its test questions/);
  expect(notice.zh).toContain('71%');
  for (const report of [null, {}, { evaluation: {} }, { evaluation: { scores: [{ metric: 'F1', value: '1' }] } }])
    expect(noticeOf(question, 2e9, report).en).not.toMatch(/%|very small/);
  expect(noticeOf({ kind: 'text' }, 2e6, null).en).toMatch(/fluently wrong/);
});

it('offers the first test questions of each language, found in their prompts', () => {
  const sample = (prompt: string, set = 'test'): object => ({ prompt, set, reference: '', answer: '' });
  const report = {
    samples: [
      sample('给定问题：法国的首都是哪里？，给定答案：'),
      sample('给定问题：法国的首都是哪里？，给定答案：'),
      sample('Given question: Where is Kenya? Given answer:'),
      sample('Given question: Held out? Given answer:', 'held-out-wordings'),
      sample('Another form'),
      ...[1, 2, 3, 4].map((i) => sample(`Given question: Where is ${i}? Given answer:`)),
    ],
  };
  expect(sampleQuestions(templates, report)).toEqual({
    zh: ['法国的首都是哪里？'],
    en: ['Where is Kenya?', 'Where is 1?', 'Where is 2?'],
  });
  expect(sampleQuestions(templates, null)).toEqual({ zh: [], en: [] });
});

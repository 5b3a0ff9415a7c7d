import type { DataRecord } from './record.ts';

type Question = Extract<DataRecord, { kind: 'question' }>;

/** A question record for tests. */
export const questionRecord = (question: string, answer: string, rest: Partial<Question> = {}): Question => ({
  kind: 'question',
  question,
  answer,
  verbatim: false,
  fields: { question, answer },
  place: 'qa.jsonl:1',
  language: /\p{Script=Han}/u.test(question) ? 'zh' : 'en',
  entity: null,
  wording: null,
  ...rest,
});

/** A text record for tests. */
export const textRecord = (text: string): Extract<DataRecord, { kind: 'text' }> => ({
  kind: 'text',
  text,
  place: 'wiki.txt:1',
  language: 'en',
  entity: null,
  wording: null,
});

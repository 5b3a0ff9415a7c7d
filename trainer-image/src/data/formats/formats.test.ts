import { describe, expect, test } from 'vitest';
import type { FormatName } from '@wikigpt/schema/catalog.ts';
import { readRecords } from '../read-records.ts';
import { formats } from './index.ts';

const place = 'f:1';
const read = (format: FormatName, fields: Record<string, unknown>, columns = {}) =>
  readRecords([{ place, fields }], format, columns);

const turns = [
  { role: 'user', content: '你好' },
  { role: 'assistant', content: '你好！' },
];
const good: Record<FormatName, [Record<string, unknown>, object]> = {
  text: [{ text: 'prose' }, { kind: 'text', text: 'prose' }],
  qa: [
    { question: 'Q', answer: ' A', n: 1 },
    { kind: 'question', question: 'Q', answer: ' A', verbatim: false, fields: { question: 'Q', answer: ' A', n: '1' } },
  ],
  promptCompletion: [
    { prompt: 'P', completion: 'C' },
    { kind: 'question', question: 'P', answer: 'C', verbatim: true },
  ],
  preference: [
    { prompt: 'P', chosen: 'C', rejected: 'R' },
    { kind: 'question', question: 'P', answer: 'C', rejected: 'R', verbatim: true },
  ],
  alpaca: [
    { instruction: 'Add', input: '1 2', output: '3' },
    { kind: 'question', question: 'Add\n1 2', answer: '3' },
  ],
  messages: [{ messages: turns }, { kind: 'conversation', messages: turns }],
  sharegpt: [
    {
      conversations: [
        { from: 'human', value: '你好' },
        { from: 'gpt', value: '你好！' },
      ],
    },
    { kind: 'conversation', messages: turns },
  ],
};

describe.each(Object.keys(formats) as FormatName[])('%s', (format) => {
  const [fields, content] = good[format];

  test('is read', () => {
    const { records, bad } = read(format, fields);
    expect(bad).toEqual([]);
    expect(records).toEqual([expect.objectContaining({ ...content, place, entity: null, wording: null })]);
  });

  test('is read through mapped columns', () => {
    const [first = ''] = Object.keys(fields);
    const { [first]: value, ...rest } = fields;
    const { records, bad } = read(format, { ...rest, mine: value }, { [first]: 'mine' });
    expect(bad).toEqual([]);
    expect(records[0]).toMatchObject({ kind: (content as { kind: string }).kind });
  });

  test('without its first field is a bad row that says how to map it', () => {
    const [first = ''] = Object.keys(fields);
    const { [first]: _, ...rest } = fields;
    const { records, bad } = read(format, { ...rest, other: 'x' });
    expect(records).toEqual([]);
    expect(bad[0]?.problem).toMatch(new RegExp(`"${first}".*columns: \\{${first}: NAME\\}`));
  });

  test.each([null, '', ' \n', [], {}, { a: 1 }])('with %j in it is a bad row', (value) => {
    const [first = ''] = Object.keys(fields);
    expect(read(format, { ...fields, [first]: value }).bad).toHaveLength(1);
  });
});

test.each([
  [[{ role: 'user', content: 'a' }], /no turn of the assistant/],
  [[{ role: 'robot', content: 'a' }], /turn 0 whose "role" is not one of system, developer, user, assistant/],
  [[{ role: '__proto__', content: 'a' }], /turn 0 whose "role"/],
  [[{ role: 'user' }], /turn 0 without text in "content"/],
  [['a'], /turn 0 that is not an object/],
])('the conversation %j is a bad row', (messages, problem) => {
  expect(read('messages', { messages }).bad[0]?.problem).toMatch(problem);
});

test('language, entity and wording come along; a language is detected when it is not named', () => {
  const of = (fields: object) => read('qa', { question: '法国的首都是哪里', answer: 'Paris', ...fields }).records[0];
  expect(of({})).toMatchObject({ language: 'zh', entity: null });
  expect(of({ language: 'en-GB', entity: 'FR', wording: 3 })).toMatchObject({
    language: 'en',
    entity: 'FR',
    wording: '3',
  });
  expect(of({ question: 'What is the capital of 法国?' })).toMatchObject({ language: 'en' });
});

test('a field named like a method of every object is not there unless written', () => {
  expect(read('qa', { question: 'Q', answer: 'A' }, { answer: 'toString' }).bad[0]?.problem).toMatch(
    /no field "toString"/,
  );
});

describe('pairs of answers in chats', () => {
  const user = { role: 'user', content: 'Q' };
  const says = (content: string) => ({ role: 'assistant', content });
  const whole = { kind: 'conversation', messages: [user, says('good')], rejected: [user, says('bad')] };

  test.each([
    ['the prompt beside them', { prompt: [user], chosen: [says('good')], rejected: [says('bad')] }],
    ['the prompt as text', { prompt: 'Q', chosen: [says('good')], rejected: [says('bad')] }],
    ['the prompt in both', { chosen: [user, says('good')], rejected: [user, says('bad')] }],
  ])('are read with %s', (_, fields) => {
    const { records, bad } = read('preference', fields);
    expect(bad).toEqual([]);
    expect(records).toEqual([expect.objectContaining(whole)]);
  });

  test('without an answer are refused', () => {
    const { bad } = read('preference', { chosen: [user], rejected: [user, says('bad')] });
    expect(JSON.stringify(bad)).toContain('has no turn of the assistant in \\"chosen\\"');
  });
});

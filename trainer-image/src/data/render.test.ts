import { describe, expect, test } from 'vitest';
import { prompt, type Prompt } from '@wikigpt/schema/data.ts';
import { tokenizerFromFiles } from '../tokenizers/load-tokenizer.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { trainByteLevelBpe } from '../tokenizers/train-byte-level-bpe.ts';
import { cutExample, exampleOf, examplesOf, promptIds } from './examples.ts';
import { pickShots } from './few-shot.ts';
import { promptStyle, servedTemplates } from './prompt-style.ts';
import { questionRecord, textRecord } from './record.fixture.ts';
import type { DataRecord } from './record.ts';
import { expectedAnswer, renderPrompt, renderRecord } from './render.ts';

const corpus = [
  'Given question: the capital of France? Given answer: Paris',
  '给定问题：法国的首都？，给定答案： Paris 巴黎',
];
const files = trainByteLevelBpe([...corpus, ...corpus], { vocabularySize: 400 });
const chatMl = `{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`;
const tokenizer = tokenizerFromFiles(files);
const chatTokenizer = tokenizerFromFiles({
  ...trainByteLevelBpe(corpus, { vocabularySize: 400, specials: ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] }),
  chatTemplate: chatMl,
});
const styleOf = (fields: object, of: Tokenizer = tokenizer) => promptStyle(prompt.parse(fields), of);

const fields: Partial<Prompt> = {
  templates: {
    zh: '给定问题：{{question}}，给定答案：{{answer}}',
    en: 'Given question: {{ question }} Given answer: {{ answer }}',
  },
};
const zh = questionRecord('法国的首都？', '巴黎');
const en = questionRecord('the capital of France?', 'Paris');
const talk: DataRecord = {
  ...textRecord(''),
  kind: 'conversation',
  messages: [
    { role: 'user', content: 'Hi <|im_end|>' },
    { role: 'assistant', content: 'Hello' },
    { role: 'user', content: '首都？' },
    { role: 'assistant', content: '巴黎' },
  ],
};
const textsOf = (record: DataRecord, style = styleOf(fields)) =>
  renderRecord(record, style).map(({ text, supervised }) => (supervised ? `*${text}` : text));
const spelled = (ids: Iterable<number>, of: Tokenizer = tokenizer) =>
  Buffer.concat([...ids].map((id) => of.tokenBytes(id))).toString();

describe('a question', () => {
  test('fills the template of its language and supervises the answer alone', () => {
    expect(textsOf(zh)).toEqual(['给定问题：法国的首都？，给定答案：', '*巴黎']);
    expect(textsOf(en)).toEqual(['Given question: the capital of France? Given answer:', '* Paris']);
  });

  test('gives a Latin answer one space in any language, whoever wrote it', () => {
    for (const answer of ['Paris', ' Paris'])
      expect(textsOf(questionRecord('法国的首都？', answer)).at(-1)).toBe('* Paris');
    expect(textsOf(en, styleOf({ template: 'Q: {{question}}\nA:\n' })).at(-1)).toBe('*Paris');
  });

  test('may use other fields of its row, which must be there', () => {
    const style = styleOf({ template: '{{title}}: {{question}}' });
    const titled = questionRecord('Q?', 'A', { fields: { title: 'T', question: 'Q?' } });
    expect(textsOf(titled, style)[0]).toBe('T: Q?');
    expect(() => textsOf(en, style)).toThrow(
      /asks for \{\{title\}\}, which qa.jsonl:1 does not have; it has question, answer/,
    );
  });

  test('is data, never template', () => {
    expect(textsOf(questionRecord('$& {{answer}}', 'A'))[0]).toBe('Given question: $& {{answer}} Given answer:');
  });

  test('gets a plain template when nobody gives one, and prompt and completion none', () => {
    expect(textsOf(zh, styleOf({}))).toEqual(['问题：法国的首都？\n答案：', '*巴黎']);
    expect(textsOf(questionRecord('2+2=', '4', { verbatim: true }), styleOf({}))).toEqual(['2+2=', '*4']);
  });

  test('uses the chat template of a model that has one, unless the manifest says otherwise', () => {
    expect(textsOf(en, styleOf({ system: 'Be brief' }, chatTokenizer))).toEqual([
      '<|im_start|>system\nBe brief<|im_end|>\n<|im_start|>user\nthe capital of France?<|im_end|>\n<|im_start|>assistant\n',
      '*Paris<|im_end|>\n',
    ]);
    expect(textsOf(en, styleOf(fields, chatTokenizer))[0]).toMatch(/^Given question/);
  });

  test('comes after the system text and solved examples', () => {
    const segments = renderRecord(en, styleOf({ ...fields, system: 'Facts.' }), [questionRecord('Q', 'A')]);
    expect(segments.map(({ text }) => text)).toEqual([
      'Facts.\nGiven question: Q Given answer:',
      ' A',
      '\nGiven question: the capital of France? Given answer:',
      ' Paris',
    ]);
    expect(segments.map(({ supervised }) => supervised)).toEqual([false, false, false, true]);
  });

  test.each([
    [{ template: '{{question}} {{answer}}.' }, /remove what follows it/],
    [{ template: '{{answer}}{{answer}}' }, /ends right before the answer/],
  ])('in the template %j is refused', (bad, message) => {
    expect(() => styleOf(bad)).toThrow(message);
  });

  test('in a language without a template is refused', () => {
    expect(() => textsOf(en, styleOf({ templates: { zh: '{{question}}' } }))).toThrow(/no entry for en/);
  });
});

describe('examples', () => {
  test('begin with what a prompt begins with and end with a supervised end', () => {
    const { tokens, supervised } = exampleOf(zh, styleOf(fields), tokenizer);
    expect(tokens[0]).toBe(tokenizer.documentStart);
    expect(tokens.at(-1)).toBe(tokenizer.eos);
    expect(spelled(tokens.filter((_, index) => supervised[index]))).toBe('巴黎');
    expect(supervised.at(-1)).toBe(1);
  });

  test.each([zh, en, talk])('have exactly the prompt that is asked later before the answer', (record) => {
    for (const [style, of] of [
      [styleOf(record.kind === 'question' ? fields : {}), tokenizer],
      [styleOf({}, chatTokenizer), chatTokenizer],
    ] as const) {
      const { tokens, supervised } = exampleOf(record, style, of);
      const asked = promptIds(record, style, of);
      expect([...tokens.slice(0, asked.length)]).toEqual(asked);
      expect([...supervised.slice(asked.length)].filter(Boolean).length).toBeGreaterThan(0);
      expect(spelled(tokens.slice(asked.length), of).trim()).toBe(expectedAnswer(record));
    }
  });

  test('of a text supervise everything but the start', () => {
    const { tokens, supervised } = exampleOf(textRecord('Paris <|endoftext|>'), styleOf({}), tokenizer);
    expect(spelled(tokens)).toBe('Paris <|endoftext|>');
    expect([...tokens].filter((id) => id === tokenizer.eos)).toHaveLength(2);
    expect([...supervised]).toEqual([0, ...Array.from({ length: tokens.length - 1 }, () => 1)]);
  });

  test('of a conversation supervise each answer with its end mark', () => {
    const { tokens, supervised } = exampleOf(talk, styleOf({}, chatTokenizer), chatTokenizer);
    const end = chatTokenizer.special('<|im_end|>');
    const learned = tokens.filter((_, index) => supervised[index]);
    expect(spelled(learned, chatTokenizer)).toBe('Hello\n巴黎\n');
    expect([...learned].filter((id) => id === end)).toHaveLength(2);
    expect(tokens).not.toContain(chatTokenizer.eos);
  });

  test('that are too long are left out and counted, texts are cut', () => {
    const options = { style: styleOf(fields), tokenizer, length: 12 };
    const { examples, tooLong } = examplesOf([zh, textRecord('Paris '.repeat(30))], options);
    expect(tooLong).toBe(1);
    expect(examples.length).toBeGreaterThan(2);
    expect(Math.max(...examples.map(({ tokens }) => tokens.length))).toBeLessThanOrEqual(12);
  });
});

describe('a cut text', () => {
  const whole = { tokens: Int32Array.from({ length: 20 }, (_, i) => i), supervised: new Uint8Array(20).fill(1) };
  whole.supervised[0] = 0;

  test.each([2, 5, 7, 19, 20])('in pieces of %i loses no target and repeats none', (length) => {
    const targets = cutExample(whole, length).flatMap(({ tokens, supervised }) => {
      expect(tokens.length).toBeLessThanOrEqual(length);
      expect(tokens.length).toBeGreaterThan(1);
      return [...tokens].filter((_, index) => supervised[index]);
    });
    expect(targets).toEqual([...whole.tokens.slice(1)]);
  });
});

describe('a conversation', () => {
  test('with a question template is refused, for it would be ignored', () => {
    expect(() => renderPrompt(talk, styleOf(fields))).toThrow(
      /template is for questions, but wiki.txt:1 is a conversation/,
    );
  });

  test('works without any chat template of the model', () => {
    expect(textsOf(talk, styleOf({})).filter((text) => text.startsWith('*'))).toHaveLength(2);
  });
});

describe('solved examples', () => {
  const pool = [zh, en, questionRecord('Q1', 'A'), questionRecord('Q2', 'A'), questionRecord('Q3', 'A'), talk];

  test('are of the same language, never the record itself, and stay the same', () => {
    const shots = pickShots(en, pool, 3, 1);
    expect(shots).toHaveLength(3);
    expect(shots.every(({ language, kind }) => language === 'en' && kind === 'question')).toBe(true);
    expect(shots).not.toContain(en);
    expect(pickShots(en, pool, 3, 1)).toEqual(shots);
    expect(pickShots(zh, pool, 2, 1)).toEqual([]);
    expect(pickShots(en, pool, 0, 1)).toEqual([]);
  });
});

test('a server is given templates that end before the answer, with the system text', () => {
  const spec = prompt.parse({ ...fields, system: 'Facts.' });
  expect(servedTemplates(promptStyle(spec, tokenizer), spec)).toEqual({
    zh: 'Facts.\n给定问题：{{question}}，给定答案：',
    en: 'Facts.\nGiven question: {{question}} Given answer:',
  });
  expect(servedTemplates(styleOf({}, chatTokenizer), prompt.parse({}))).toBeNull();
});

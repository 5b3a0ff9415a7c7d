import { describe, expect, test } from 'vitest';
import { compileChatTemplate, plainChatTemplate, type Message } from './chat-template.ts';

const chatMl = `{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`;
const specials = { bos_token: '<s>', eos_token: '</s>' };
const talk: Message[] = [
  { role: 'system', content: '简短回答' },
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello' },
  { role: 'user', content: '首都？' },
  { role: 'assistant', content: '巴黎' },
];

describe.each([
  ['ChatML', chatMl],
  ['the plain template', plainChatTemplate],
])('%s', (_, source) => {
  const template = compileChatTemplate(source, specials);

  test('supervises the answers with their end marks and nothing else', () => {
    const answers = template.turns(talk).filter(({ supervised }) => supervised);
    expect(answers.map(({ text }) => text.replace(/(<\|im_end\|>|<\/s>)\n$/, '|end'))).toEqual([
      'Hello|end',
      '巴黎|end',
    ]);
  });

  test('shows the model the same text before an answer in training as in chat', () => {
    const turns = template.turns(talk);
    const lastAnswer = turns.findLastIndex(({ supervised }) => supervised);
    const before = turns.slice(0, lastAnswer).map(({ text }) => text);
    expect(before.join('')).toBe(template.prompt(talk.slice(0, -1)));
  });
});

test('a conversation that ends with a question has an unsupervised end', () => {
  const turns = compileChatTemplate(chatMl, specials).turns(talk.slice(0, 4));
  expect(turns.map(({ supervised }) => supervised)).toEqual([false, true, false]);
});

test('a template that rewrites earlier turns is refused', () => {
  const counting = `{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}`;
  expect(() => compileChatTemplate(counting, specials).turns(talk)).toThrow(/rewrites earlier turns/);
});

test.each([
  ['cannot be parsed', '{% for m in messages %}', /cannot be used/],
  ['raises', "{{ raise_exception('no system role') }}", /no system role/],
  ['is larger than any honest one', ' '.repeat(200_000), /200000 characters/],
])('a template that %s is refused with what to do', (_, source, message) => {
  const use = () => compileChatTemplate(source, specials).prompt(talk);
  expect(use).toThrow(message);
  expect(use).toThrow(/Set data.prompt.template/);
});

test('an endless conversation is refused', () => {
  const long = Array.from({ length: 1025 }, (): Message => ({ role: 'user', content: 'a' }));
  expect(() => compileChatTemplate(chatMl, specials).prompt(long)).toThrow(/1025 messages/);
});

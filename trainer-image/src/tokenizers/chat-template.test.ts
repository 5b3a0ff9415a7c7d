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

const doubled = (start: string, operator: string, times: number): string =>
  `{% set n = namespace(t=${start}) %}{% for i in range(${times}) %}{% set n.t = n.t ${operator} n.t %}{% endfor %}{{ n.t }}`;
const nested = `{% set n = namespace(t='a') %}{% for i in range(60) %}{% set n.t = [n.t, n.t] %}{% endfor %}{{ n.t }}`;
const loops = '{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}';

test.each([
  ['cannot be parsed', '{% for m in messages %}', /cannot be used/],
  ['raises', "{{ raise_exception('no system role') }}", /no system role/],
  ['never ends', loops, /does not come to an end/],
  ['nests without end', `{{ ${'('.repeat(50_000)} }}`, /call stack/],
  ['counts beyond reason', '{{ range(1000000000) | length }}', /range\(\) of 1000000000 numbers/],
  ['doubles a text', doubled("'aa'", '~', 40), /a value of more than 4000000/],
  ['doubles a list', doubled('[1, 2]', '+', 40), /a value of more than 4000000/],
  ['nests a list in itself', nested, /a value of more than 4000000/],
  [
    'blows a text up',
    doubled("'aa'", '~', 20) + "{{ n.t | replace('a', n.t) }}",
    /Invalid string length|more than 4000000/,
  ],
  ['replaces what bounds it', '{% set range = 1 %}{{ range(3) }}', /Cannot call/],
  ['reaches for the engine', "{{ messages.constructor.constructor('return process')() }}", /Cannot/],
  ['is larger than any honest one', ' '.repeat(200_000), /200000 characters/],
])('a template that %s is refused with what to do', (_, source, message) => {
  const use = () => compileChatTemplate(source, specials).prompt(talk);
  expect(use).toThrow(message);
  expect(use).toThrow(/Set data.prompt.template/);
});

test('a date is the same on every day', () => {
  const template = compileChatTemplate("{{ strftime_now('%d %B %Y') }}", specials);
  expect(template.prompt(talk)).toBe('26 July 2024');
});

test('a long conversation is far from every bound', () => {
  const long = Array.from({ length: 1024 }, (_, i): Message => ({
    role: i % 2 ? 'assistant' : 'user',
    content: 'ab'.repeat(1000),
  }));
  const counting = `{% for m in messages %}{% if not loop.last and messages[loop.index0 + 1].role == m.role %}{{ messages | length }}{% endif %}{{ m.content | trim }}{% endfor %}`;
  expect(compileChatTemplate(counting, specials).prompt(long)).toHaveLength(2_048_000);
});

test('an endless conversation is refused', () => {
  const long = Array.from({ length: 1025 }, (): Message => ({ role: 'user', content: 'a' }));
  expect(() => compileChatTemplate(chatMl, specials).prompt(long)).toThrow(/1025 messages/);
});

import { expect, it } from 'vitest';
import { compileChatTemplate } from '../tokenizers/chat-template.ts';
import { promptOfChat } from './prompt-of-chat.ts';

const conversation = [
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Hi' },
  { role: 'user', content: ' 法国的首都是哪里？ ' },
] as const;

const question = {
  style: {
    kind: 'question',
    templates: { zh: '给定问题：{{question}}，给定答案：', en: 'Q: {{question}} A:' },
  },
  system: '',
} as const;

it('asks a question-tuned model the last question, in the template of its language', () => {
  expect(promptOfChat(conversation, question)).toEqual({ text: '给定问题：法国的首都是哪里？，给定答案：' });
  expect(promptOfChat([{ role: 'user', content: "What's $& or {{question}}?" }], question)).toEqual({
    text: "Q: What's $& or {{question}}? A:",
  });
  const style = { kind: 'question', templates: { en: 'Q: {{ question }} A:' } } as const;
  expect(promptOfChat([{ role: 'user', content: '法国？' }], { style, system: '' })).toEqual({ text: 'Q: 法国？ A:' });
  expect(() => promptOfChat([{ role: 'system', content: 'x' }], question)).toThrow(/needs a user message/);
});

it('renders the chat template, with the served system message unless the request has one', () => {
  const template = compileChatTemplate(
    "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}",
    {},
  );
  const model = { style: { kind: 'chat', template }, system: 'Be brief.' } as const;
  expect(promptOfChat([{ role: 'user', content: 'Hi' }], model)).toEqual({
    template: '<system>Be brief.<user>Hi<assistant>',
  });
  expect(
    promptOfChat(
      [
        { role: 'system', content: 'S' },
        { role: 'user', content: 'Hi' },
      ],
      model,
    ),
  ).toEqual({
    template: '<system>S<user>Hi<assistant>',
  });
  expect(() => promptOfChat([{ role: 'tool' as 'user', content: 'Hi' }], model)).toThrow(/refused.*no tools/);
});

it('goes on from the text when the model has no template', () => {
  const model = { style: { kind: 'text' }, system: '' } as const;
  expect(promptOfChat([{ role: 'user', content: 'Once upon' }], model)).toEqual({ text: 'Once upon' });
});

import type { Prompt } from '../generate/text-generator.ts';
import type { ChatTemplate, Message } from '../tokenizers/chat-template.ts';
import { ApiError } from './api-error.ts';
import type { ServedModel } from './served-model.ts';

/**
 * Renders a conversation as the model was trained to see it. A question-tuned model sees only the last user message,
 * in the template of its language; a model with neither template goes on from the messages, one per paragraph.
 */
export function promptOfChat(messages: readonly Message[], model: Pick<ServedModel, 'style' | 'system'>): Prompt {
  const { style } = model;
  switch (style.kind) {
    case 'chat':
      return { template: renderChat(withSystem(messages, model.system), style.template) };
    case 'question': {
      const question = messages.findLast(({ role }) => role === 'user')?.content.trim();
      if (!question)
        throw new ApiError('invalid_request', '"messages" needs a user message that asks something.', 'messages');
      const template = style.templates[languageOf(question)] ?? style.template;
      // A function, since "$&" in a question means nothing.
      return { text: template.replace('{{question}}', () => question) };
    }
    case 'text':
      return { text: messages.map(({ content }) => content).join('\n\n') };
  }
}

/** Chinese when at least a fifth of the letters are Chinese characters: names and codes inside a question are often Latin. */
export function languageOf(text: string): 'zh' | 'en' {
  const letters = text.match(/\p{L}/gu) ?? [];
  const chinese = letters.filter((letter) => /\p{Script=Han}/u.test(letter));
  return letters.length > 0 && chinese.length / letters.length >= 0.2 ? 'zh' : 'en';
}

function withSystem(messages: readonly Message[], system: string): readonly Message[] {
  if (system === '' || messages.some(({ role }) => role === 'system')) return messages;
  return [{ role: 'system', content: system }, ...messages];
}

function renderChat(messages: readonly Message[], template: ChatTemplate): string {
  try {
    return template.prompt(messages);
  } catch (error) {
    // Templates raise on role orders they do not know; that is about the request.
    const { cause } = error as Error;
    const found = cause instanceof Error ? cause.message : (error as Error).message;
    throw new ApiError('invalid_request', `The model's chat template refused these messages: ${found}`, 'messages');
  }
}

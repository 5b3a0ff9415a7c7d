import { fillTemplate } from '../data/template.ts';
import { detectLanguage } from '../evaluate/language.ts';
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
      const template = style.templates[detectLanguage([question])] ?? Object.values(style.templates)[0]!;
      return { text: fillTemplate(template, { question }, 'a chat') };
    }
    case 'text':
      return { text: messages.map(({ content }) => content).join('\n\n') };
  }
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

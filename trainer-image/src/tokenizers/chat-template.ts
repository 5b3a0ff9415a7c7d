import { TrainerError } from '../errors.ts';
import { parseTemplate, renderTemplate } from './bounded-jinja.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** A stretch of a rendered conversation; `supervised` is what the assistant says, its end mark included. */
export interface Turn {
  readonly text: string;
  readonly supervised: boolean;
}

export interface ChatTemplate {
  /** The conversation up to where the assistant's next answer begins. */
  prompt(messages: readonly Message[]): string;
  /** The whole conversation, cut where the assistant begins and ends to speak; joined, the turns are the rendered text. */
  turns(messages: readonly Message[]): readonly Turn[];
}

/** For models without a template of their own: readable text that ends each answer with the end-of-text token. */
export const plainChatTemplate = [
  '{{ bos_token }}',
  "{% for message in messages %}{% if message.role == 'assistant' %}",
  "{{ 'Assistant: ' + message.content + eos_token + '\\n' }}",
  "{% elif message.role == 'user' %}{{ 'User: ' + message.content + '\\n' }}",
  "{% else %}{{ message.content + '\\n' }}{% endif %}{% endfor %}",
  "{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}",
].join('');

/** A chat template is a page at most; larger ones are refused unread. */
const largestTemplate = 128 * 1024;
const longestConversation = 1024;

/** Compiles the model's chat template; fails with ModelIncompatible when it cannot be parsed or, later, rendered. */
export function compileChatTemplate(source: string, specials: Tokenizer['templateSpecials']): ChatTemplate {
  if (source.length > largestTemplate)
    throw unusable(`it has ${source.length} characters, more than ${largestTemplate}`);
  const template = attempt(() => parseTemplate(source));
  const render = (messages: readonly Message[], add_generation_prompt: boolean): string => {
    if (messages.length > longestConversation)
      throw new TrainerError(
        'DataInvalid',
        `A conversation has ${messages.length} messages; at most ${longestConversation} can be rendered.`,
      );
    return attempt(() => renderTemplate(template, { ...specials, messages: [...messages], add_generation_prompt }));
  };
  return {
    prompt: (messages) => render(messages, true),
    turns(messages) {
      const turns: Turn[] = [];
      let text = '';
      const extend = (longer: string, supervised: boolean): void => {
        if (!longer.startsWith(text))
          throw unusable(
            'it rewrites earlier turns as a conversation grows, so that answers cannot be told from the rest',
          );
        if (longer.length > text.length) turns.push({ text: longer.slice(text.length), supervised });
        text = longer;
      };
      for (const [index, { role }] of messages.entries()) {
        if (role !== 'assistant') continue;
        extend(render(messages.slice(0, index), true), false);
        extend(render(messages.slice(0, index + 1), false), true);
      }
      extend(render(messages, false), false);
      return turns;
    },
  };
}

function attempt<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw unusable((error as Error).message, error);
  }
}

const unusable = (found: string, cause?: unknown): TrainerError =>
  new TrainerError(
    'ModelIncompatible',
    `The model's chat template cannot be used: ${found}. Set data.prompt.template to do without it.`,
    { cause },
  );

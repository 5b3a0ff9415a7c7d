import type { Language } from '@wikigpt/schema/catalog.ts';
import type { Prompt } from '@wikigpt/schema/data.ts';
import { TrainerError } from '../errors.ts';
import { compileChatTemplate, plainChatTemplate, type ChatTemplate } from '../tokenizers/chat-template.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { promptPart } from './template.ts';

/** How records become prompts: by question templates when the manifest or nobody gives a chat form, else by the chat template. */
export interface PromptStyle {
  /** The template for a question in a language, ending right before the answer; null where the chat template is used. */
  readonly template: ((language: Language) => string) | null;
  readonly chat: ChatTemplate;
  /** Whether the manifest chose the template itself. */
  readonly chosen: boolean;
  readonly system: string;
}

const plainTemplates: Record<Language, string> = {
  zh: '问题：{{question}}\n答案：',
  en: 'Question: {{question}}\nAnswer:',
};

/** Reads the manifest's prompt block against what the model brings; fails with InvalidSpec on a template that cannot work. */
export function promptStyle(
  prompt: Prompt,
  tokenizer: Pick<Tokenizer, 'chatTemplate' | 'templateSpecials'>,
): PromptStyle {
  const { template, templates = {}, system } = prompt;
  const chosen = template !== undefined || Object.keys(templates).length > 0;
  const byLanguage = new Map(Object.entries(templates).map(([language, text]) => [language, promptPart(text)]));
  const general = template === undefined ? undefined : promptPart(template);
  const pick = (language: Language): string => {
    const found = chosen ? (byLanguage.get(language) ?? general) : plainTemplates[language];
    if (found === undefined)
      throw new TrainerError(
        'InvalidSpec',
        `data.prompt.templates has no entry for ${language}, which some records are in; add it, or data.prompt.template for all others.`,
      );
    return found;
  };
  return {
    template: chosen || tokenizer.chatTemplate === null ? pick : null,
    chat: compileChatTemplate(tokenizer.chatTemplate ?? plainChatTemplate, tokenizer.templateSpecials),
    chosen,
    system,
  };
}

/** The templates by which a server asks the tuned model, system text included; null when it must use the chat template. */
export function servedTemplates(style: PromptStyle, prompt: Prompt): Readonly<Record<string, string>> | null {
  if (style.template === null) return null;
  const lead = style.system === '' ? '' : `${style.system}\n`;
  const languages: readonly Language[] = ['zh', 'en'];
  const answerable = languages.filter(
    (language) => !style.chosen || prompt.template !== undefined || prompt.templates?.[language] !== undefined,
  );
  return Object.fromEntries(answerable.map((language) => [language, lead + style.template!(language)]));
}

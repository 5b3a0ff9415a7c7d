import type { ChatTemplate } from '../tokenizers/chat-template.ts';

/** A text in the two languages of the chat page. */
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

/** How a question reaches the model: by its chat template, by its question templates, or as text to go on from. */
export type PromptStyle =
  | { readonly kind: 'chat'; readonly template: ChatTemplate }
  /** One template per language, each ending right before the answer; at least one. */
  | { readonly kind: 'question'; readonly templates: Readonly<Record<string, string>> }
  | { readonly kind: 'text' };

/** What the HTTP server says about its model. */
export interface ServedModel {
  /** The id that clients send as `model`. */
  readonly name: string;
  /** Unix time in seconds at which this process loaded it. */
  readonly created: number;
  /** Largest number of tokens of prompt and answer together. */
  readonly context: number;
  readonly parameters: number;
  readonly style: PromptStyle;
  /** Put before the conversation when a request has no system message (chat style only). */
  readonly system: string;
  /** What a request gets when it names nothing else. */
  readonly defaults: {
    readonly temperature: number;
    readonly topP: number;
    readonly topK: number;
    readonly repetitionPenalty: number;
    readonly maxTokens: number;
  };
  readonly notice: Bilingual;
  readonly samples: { readonly zh: readonly string[]; readonly en: readonly string[] };
}

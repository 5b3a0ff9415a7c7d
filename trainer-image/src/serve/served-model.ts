/** A text in the two languages of the chat page. */
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

/** How a question reaches the model: by its chat template, by its question templates, or as text to go on from. */
export type PromptStyle =
  | { readonly kind: 'chat'; readonly template: string; readonly specials: Readonly<Record<string, string>> }
  | { readonly kind: 'question'; readonly template: string; readonly templates: Readonly<Record<string, string>> }
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
  readonly defaults: { readonly temperature: number; readonly maxTokens?: number | undefined };
  readonly notice: Bilingual;
  readonly samples: readonly string[];
}

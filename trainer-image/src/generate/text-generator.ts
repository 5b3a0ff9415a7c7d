import type { Sampling } from './sample.ts';

/**
 * What comes before the answer: a rendered chat template, in which special tokens count as such; a plain text, in
 * which they do not and which starts a document; or tokens, taken as they are.
 */
export type Prompt = { readonly template: string } | { readonly text: string } | { readonly tokens: readonly number[] };

export interface TextRequest {
  readonly prompt: Prompt;
  /** Undefined = as many as the context has room for. */
  readonly maxNewTokens?: number | undefined;
  readonly stop: readonly string[];
  /** Leaves out white space before the answer: some tokenizers put the space of a word into its token. */
  readonly trimStart: boolean;
  readonly sampling: Sampling;
  readonly seed: number;
}

/** `stop`: the model ended its answer, or a stop string came. `length`: maxNewTokens or the context was used up. */
export type FinishReason = 'stop' | 'length';

export type GenerationEvent =
  /** One more token; its text is empty while a character or a possible stop string is incomplete. */
  | { readonly type: 'token'; readonly text: string }
  /** The last event; its text is what had been held back. */
  | { readonly type: 'end'; readonly text: string; readonly finishReason: FinishReason };

export interface Generation {
  readonly promptTokens: number;
  /** One event per token and the end; throws when generation fails or its signal aborts. */
  readonly events: AsyncIterable<GenerationEvent>;
}

/** How busy a generator is. */
export interface GeneratorLoad {
  readonly running: number;
  readonly waiting: number;
  /** Sequences that can run at once. */
  readonly slots: number;
  /** Share of the running sequences' largest possible cache that holds tokens, 0 to 1. */
  readonly cacheUse: number;
}

/** Text in, text out, many requests at once; in this thread or in a worker. */
export interface TextGenerator {
  /** Queues a request; throws GenerationRefused when it cannot be served. An abort of `signal` frees its place. */
  start(request: TextRequest, signal: AbortSignal): Promise<Generation>;
  load(): GeneratorLoad;
  close(): Promise<void>;
}

export type RefusalCode = 'context_length_exceeded' | 'queue_full' | 'invalid_prompt' | 'shutting_down';

/** A request that this generator will not run; the message is for the client. */
export class GenerationRefused extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'GenerationRefused';
    this.code = code;
  }
}

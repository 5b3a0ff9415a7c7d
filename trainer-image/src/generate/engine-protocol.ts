import type { TrainerErrorCode } from '../errors.ts';
import type { GenerationEvent, GeneratorLoad, RefusalCode, TextRequest } from './text-generator.ts';

/** What an engine worker is started with. */
export interface EngineWorkerData {
  /** A model folder on this machine. */
  readonly folder: string;
  readonly threads: number;
  /** Sequences at once. */
  readonly slots: number;
  /** Prompt tokens read between two steps. */
  readonly prefillTokens: number;
  readonly maxWaiting: number;
  /** Tokens of prompt and answer together; the model's own limit when absent. */
  readonly maxContext?: number;
}

/** Messages to the worker. */
export type ToEngine =
  | { readonly type: 'start'; readonly id: number; readonly request: TextRequest }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'close' };

/** Messages from the worker; those about a request carry its id. */
export type FromEngine =
  | { readonly type: 'ready'; readonly load: GeneratorLoad }
  | { readonly type: 'broken'; readonly code: TrainerErrorCode; readonly message: string }
  | { readonly type: 'started'; readonly id: number; readonly promptTokens: number; readonly load: GeneratorLoad }
  | { readonly type: 'refused'; readonly id: number; readonly code: RefusalCode; readonly message: string }
  | { readonly type: 'event'; readonly id: number; readonly event: GenerationEvent; readonly load: GeneratorLoad }
  | { readonly type: 'failed'; readonly id: number; readonly message: string; readonly load: GeneratorLoad };

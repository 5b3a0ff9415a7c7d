import { greedy } from '../generate/sample.ts';
import type { Prompt, TextRequest } from '../generate/text-generator.ts';
import { ApiError } from './api-error.ts';
import type { Service } from './service.ts';

/** The generation fields of a parsed body (see request-fields.ts). */
export interface GenerationFields {
  readonly model?: string | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly top_k?: number | null | undefined;
  readonly min_p?: number | null | undefined;
  readonly presence_penalty?: number | null | undefined;
  readonly frequency_penalty?: number | null | undefined;
  readonly repetition_penalty?: number | null | undefined;
  readonly stop?: string | string[] | null | undefined;
  readonly seed?: number | null | undefined;
  readonly n?: number | null | undefined;
}

/** One request to the generator for each prompt and each of its `n` answers; the i-th answer has seed + i. */
export function textRequests(
  service: Service,
  fields: GenerationFields,
  maxNewTokens: number | undefined,
  prompts: readonly Prompt[],
  trimStart = false,
): TextRequest[] {
  const { model } = service;
  if (fields.model !== null && fields.model !== undefined && fields.model !== model.name)
    throw new ApiError(
      'model_not_found',
      `The model "${fields.model.slice(0, 80)}" is not served here; send "${model.name}", or leave "model" out.`,
      'model',
    );
  const seed = fields.seed ?? service.newSeed();
  const sampling = {
    temperature: fields.temperature ?? model.defaults.temperature,
    topK: Math.max(0, fields.top_k ?? model.defaults.topK),
    topP: fields.top_p ?? model.defaults.topP,
    minP: fields.min_p ?? greedy.minP,
    repetitionPenalty: fields.repetition_penalty ?? model.defaults.repetitionPenalty,
    presencePenalty: fields.presence_penalty ?? greedy.presencePenalty,
    frequencyPenalty: fields.frequency_penalty ?? greedy.frequencyPenalty,
  };
  const stop = typeof fields.stop === 'string' ? [fields.stop] : (fields.stop ?? []);
  const answers = Array.from({ length: fields.n ?? 1 }, (_, i) => i);
  return prompts.flatMap((prompt) =>
    answers.map((i) => ({
      prompt,
      maxNewTokens: maxNewTokens ?? model.defaults.maxTokens,
      stop,
      trimStart,
      sampling,
      seed: seed + i,
    })),
  );
}

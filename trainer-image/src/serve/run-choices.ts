import { createAsyncQueue } from '../generate/async-queue.ts';
import {
  GenerationRefused,
  type FinishReason,
  type Generation,
  type TextGenerator,
  type TextRequest,
} from '../generate/text-generator.ts';
import { ApiError } from './api-error.ts';
import type { Service } from './service.ts';

/** A piece of one of the answers; `finishReason` comes with its last piece. */
export interface ChoicePiece {
  readonly index: number;
  readonly text: string;
  readonly finishReason?: FinishReason;
}

/** The `usage` of the OpenAI API. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export interface RunningChoices {
  readonly pieces: AsyncIterable<ChoicePiece>;
  /** Tokens so far; complete once `pieces` has ended. */
  usage(): Usage;
}

/**
 * Starts every request and merges what they give. One that cannot start takes the others with it; an abort of
 * `signal`, which is also how a client leaves, frees all their slots.
 */
export async function runChoices(
  service: Service,
  requests: readonly TextRequest[],
  clientGone: AbortSignal,
): Promise<RunningChoices> {
  const { metrics, clock } = service;
  const generator = readyGenerator(service);
  const startedAt = clock();
  const stop = new AbortController();
  const signal = AbortSignal.any([clientGone, stop.signal]);
  let running = requests.length;
  const countLoss = (): void => {
    if (running > 0) metrics.errors.inc({ code: 'aborted' });
  };
  clientGone.addEventListener('abort', countLoss, { once: true });
  const generations: Generation[] = [];
  try {
    for (const request of requests) generations.push(await generator.start(request, signal));
  } catch (error) {
    stop.abort();
    throw error instanceof GenerationRefused ? new ApiError(error.code, error.message) : named(error, clientGone);
  }
  // Several answers to one prompt count it once, as the OpenAI API does.
  const prompts = new Map(requests.map(({ prompt }, i) => [prompt, generations[i]!.promptTokens]));
  const promptTokens = [...prompts.values()].reduce((sum, tokens) => sum + tokens, 0);
  metrics.promptTokens.inc(promptTokens);

  let completionTokens = 0;
  const queue = createAsyncQueue<ChoicePiece>();
  const follow = async (generation: Generation, index: number): Promise<void> => {
    let lastAt: number | undefined;
    for await (const event of generation.events) {
      const now = clock();
      if (event.type === 'end') {
        metrics.finished.inc({ finished_reason: event.finishReason });
        queue.push({ index, text: event.text, finishReason: event.finishReason });
        continue;
      }
      completionTokens++;
      metrics.generationTokens.inc();
      if (lastAt === undefined) metrics.timeToFirstToken.observe((now - startedAt) / 1000);
      else metrics.interToken.observe((now - lastAt) / 1000);
      lastAt = now;
      if (event.text !== '') queue.push({ index, text: event.text });
    }
    if (--running > 0) return;
    metrics.requestLatency.observe((clock() - startedAt) / 1000);
    queue.close();
  };
  for (const [index, generation] of generations.entries())
    follow(generation, index).catch((error: unknown) => {
      stop.abort();
      queue.fail(named(error, clientGone));
    });

  const usage = (): Usage => ({
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  });
  return { pieces: queue, usage };
}

/** The HTTP server aborts with a mere text; a client that left is no fault, and must not look like one. */
function named(error: unknown, clientGone: AbortSignal): unknown {
  return clientGone.aborted ? new DOMException('The client left.', 'AbortError') : error;
}

/** The whole answers, in order, once all are complete. */
export async function collectAnswers(
  choices: RunningChoices,
  count: number,
): Promise<{ text: string; finishReason: FinishReason }[]> {
  const answers = Array.from({ length: count }, () => ({ text: '', finishReason: 'stop' as FinishReason }));
  for await (const { index, text, finishReason } of choices.pieces) {
    const answer = answers[index]!;
    answer.text += text;
    if (finishReason) answer.finishReason = finishReason;
  }
  return answers;
}

function readyGenerator(service: Service): TextGenerator {
  const generator = service.generator();
  const state = service.state();
  if (state === 'draining')
    throw new ApiError('shutting_down', 'This server is shutting down; send the request again to reach another one.');
  if (state !== 'ready' || generator === undefined)
    throw new ApiError('loading', 'The model is still loading; /health answers 200 when it is ready.');
  return generator;
}

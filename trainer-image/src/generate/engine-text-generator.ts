import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { createAsyncQueue } from './async-queue.ts';
import type { Engine } from './engine.ts';
import { createSampler } from './sample.ts';
import { createTextStream } from './stream-text.ts';
import {
  GenerationRefused,
  type GenerationEvent,
  type Prompt,
  type TextGenerator,
  type TextRequest,
} from './text-generator.ts';

/** A generator over an engine in this thread; beyond `maxWaiting` queued requests it refuses more. */
export function createTextGenerator(engine: Engine, tokenizer: Tokenizer, maxWaiting: number): TextGenerator {
  return {
    async start(request, signal) {
      if (engine.load().waiting >= maxWaiting)
        throw new GenerationRefused(
          'queue_full',
          `${maxWaiting} requests are waiting already; try again in a moment or with fewer at once.`,
        );
      const prompt = encodePrompt(request.prompt, tokenizer);
      checkLength(prompt, engine.context);
      return { promptTokens: prompt.length, events: follow(engine, tokenizer, request, prompt, signal) };
    },
    load() {
      const { running, waiting, tokens } = engine.load();
      return { running, waiting, slots: engine.slots, cacheUse: tokens / (engine.slots * engine.context) };
    },
    close: () => engine.close(),
  };
}

function follow(
  engine: Engine,
  tokenizer: Tokenizer,
  request: TextRequest,
  prompt: readonly number[],
  signal: AbortSignal,
): AsyncIterable<GenerationEvent> {
  const queue = createAsyncQueue<GenerationEvent>();
  const stream = createTextStream(tokenizer.tokenBytes, request.stop);
  const atStart = trimmer(request.trimStart);
  const sampler = createSampler(request.sampling, request.seed, prompt);
  const abort = (): void => {
    cancel();
    queue.fail(signal.reason);
  };
  const settle = (): void => signal.removeEventListener('abort', abort);
  const cancel = engine.submit({
    prompt,
    maxNewTokens: request.maxNewTokens ?? engine.context,
    choose: (logits) => sampler.next(logits),
    token(token) {
      queue.push({ type: 'token', text: atStart(stream.push(token)) });
      return stream.stopped;
    },
    end(reason) {
      settle();
      const text = atStart(stream.end());
      queue.push({ type: 'end', text, finishReason: stream.stopped ? 'stop' : reason });
      queue.close();
    },
    fail(error) {
      settle();
      queue.fail(error);
    },
  });
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return queue;
}

/** Drops white space until something else has come. */
function trimmer(active: boolean): (text: string) => string {
  let waiting = active;
  return (text) => {
    const rest = waiting ? text.trimStart() : text;
    if (rest !== '') waiting = false;
    return rest;
  };
}

function encodePrompt(prompt: Prompt, tokenizer: Tokenizer): readonly number[] {
  if ('template' in prompt) return tokenizer.encode(prompt.template);
  if ('text' in prompt) return [tokenizer.documentStart, ...tokenizer.encodeText(prompt.text)];
  const unknown = prompt.tokens.find((token) => token >= tokenizer.vocabularySize);
  if (unknown === undefined) return prompt.tokens;
  throw new GenerationRefused(
    'invalid_prompt',
    `Token ${unknown} does not exist; this model's tokens are 0 to ${tokenizer.vocabularySize - 1}.`,
  );
}

function checkLength({ length }: readonly number[], context: number): void {
  if (length === 0) throw new GenerationRefused('invalid_prompt', 'The prompt is empty; send at least one token.');
  if (length < context) return;
  throw new GenerationRefused(
    'context_length_exceeded',
    `The prompt has ${length} tokens and this model reads at most ${context}, of which the answer needs at least one; ` +
      'shorten the prompt or start a new conversation.',
  );
}

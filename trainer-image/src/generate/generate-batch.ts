import { TrainerError } from '../errors.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Engine } from './engine.ts';
import { createSampler, greedy } from './sample.ts';
import { createTextStream } from './stream-text.ts';

export interface BatchOptions {
  readonly maxNewTokens: number;
  /** 0, the default, is greedy. */
  readonly temperature?: number;
  /** Share of probability that sampling looks at; 1, the default, is all. */
  readonly topP?: number;
  /** The i-th prompt samples with seed + i. */
  readonly seed?: number;
  /** Texts that end an answer right before the token that completes one of them; they need the tokenizer. */
  readonly stop?: readonly string[];
  readonly tokenizer?: Pick<Tokenizer, 'tokenBytes'>;
  /** Told after each answer how many are complete. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * The answers to many prompts, as tokens without the ending one, in the order of the prompts.
 * Fails with DataInvalid on a prompt that leaves the context no room for an answer.
 */
export async function generateBatch(
  engine: Engine,
  prompts: readonly (readonly number[])[],
  options: BatchOptions,
): Promise<number[][]> {
  const { maxNewTokens, temperature = 0, topP = 1, seed = 1, stop = [], signal } = options;
  const tooLong = prompts.findIndex(({ length }) => length >= engine.context);
  if (tooLong >= 0)
    throw new TrainerError(
      'DataInvalid',
      `Prompt ${tooLong + 1} has ${prompts[tooLong]!.length} tokens, but the model reads at most ${engine.context}, the answer included; shorten it.`,
    );
  signal?.throwIfAborted();
  const cancels: (() => void)[] = [];
  const { promise: aborted, reject: abort } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    for (const cancel of cancels) cancel();
    abort(signal!.reason);
  };
  let done = 0;
  const one = (prompt: readonly number[], i: number): Promise<number[]> =>
    new Promise((resolve, reject) => {
      const sampler = createSampler({ ...greedy, temperature, topP }, seed + i, prompt);
      const stream = stop.length > 0 ? createTextStream(options.tokenizer!.tokenBytes, stop) : undefined;
      const answer: number[] = [];
      const cancel = engine.submit({
        prompt,
        maxNewTokens,
        choose: (logits) => sampler.next(logits),
        token(token) {
          stream?.push(token);
          if (stream?.stopped) return true;
          answer.push(token);
          return false;
        },
        end() {
          options.onProgress?.(++done);
          resolve(answer);
        },
        fail: reject,
      });
      cancels.push(cancel);
    });
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([Promise.all(prompts.map(one)), aborted]);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

import { createDecoder } from '../generate/decoder.ts';
import type { InferenceModel } from '../generate/decode-graph.ts';
import { createEngine } from '../generate/engine.ts';
import { generateBatch } from '../generate/generate-batch.ts';
import { createTokenScorer } from '../generate/score-tokens.ts';
import type { Likelihood } from '../evaluate/metrics/metric.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { TestItem } from './test-set.ts';

export interface DecodingOptions {
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topP?: number;
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** Sequences written at once; a small model is bound by the number of runs, not by their size. */
const slots = 48;

/** The model's answer to each prompt, in order. */
export async function answerPrompts(
  model: InferenceModel,
  tokenizer: Tokenizer,
  prompts: readonly (readonly number[])[],
  { threads, ...options }: DecodingOptions,
): Promise<string[]> {
  const decoder = await createDecoder(model, { slots, threads });
  const engine = createEngine(decoder, { endTokens: new Set([tokenizer.eos]), prefillTokens: 2048 });
  try {
    const answers = await generateBatch(engine, prompts, options);
    return answers.map((ids) => tokenizer.decode(ids).trim());
  } finally {
    await engine.close();
  }
}

/** How well the model foresaw each item's answer or text. */
export async function itemLikelihoods(
  model: InferenceModel,
  items: readonly TestItem[],
  threads: number,
): Promise<Likelihood[]> {
  const scorer = await createTokenScorer(model, { threads });
  try {
    const sums = await scorer.score(items.map(({ scored }) => scored));
    return items.map(({ scored, bytes }, i) => ({ nll: sums[i]!, tokens: scored.tokens.length - scored.from, bytes }));
  } finally {
    await scorer.release();
  }
}

/**
 * A base that was never tuned does not know when to stop: its answer counts as the reference when it begins with it,
 * else up to the end of its first line. This favours the base.
 */
export function lenientAnswer(answer: string, reference: string): string {
  return reference !== '' && answer.startsWith(reference) ? reference : (answer.split('\n')[0] ?? '').trim();
}

import type { ForgettingSpec } from '@wikigpt/schema/evaluation.ts';
import type { Forgetting } from '@wikigpt/schema/job-status.ts';
import type { Stores } from '../artifacts/stores.ts';
import { openSource } from '../data/open-source.ts';
import { textOf } from '../data/record.ts';
import { TrainerError } from '../errors.ts';
import { generalText } from '../evaluate/general-text.ts';
import { contextOf, type InferenceModel } from '../generate/decode-graph.ts';
import { createTokenScorer, type ScoredText } from '../generate/score-tokens.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { formatDecimal, formatScore } from './format-numbers.ts';

export interface ForgettingParts {
  readonly spec: ForgettingSpec;
  readonly before: InferenceModel;
  readonly after: InferenceModel;
  readonly tokenizer: Tokenizer;
  readonly threads: number;
  readonly stores: Stores;
  readonly seed: number;
}

/** How much worse a model reads other texts than before it was tuned; fails with DataInvalid when there are none. */
export async function measureForgetting(parts: ForgettingParts): Promise<Forgetting> {
  const { spec, before, after, tokenizer, threads } = parts;
  const texts = await textsOf(parts);
  const context = Math.min(contextOf(before), contextOf(after));
  const scored = texts
    .map((text): ScoredText => {
      const tokens = [tokenizer.documentStart, ...tokenizer.encodeText(text)].slice(0, context);
      return { tokens, from: 1 };
    })
    .filter(({ tokens }) => tokens.length > 1);
  if (scored.length === 0)
    throw new TrainerError('DataInvalid', 'evaluation.forgetting: the sources hold no text to read.');
  const count = scored.reduce((sum, { tokens }) => sum + tokens.length - 1, 0);
  const [lossBefore, lossAfter] = [await loss(before), await loss(after)];
  return {
    text: spec.sources ? 'Sources' : 'BuiltIn',
    tokens: count,
    before: formatScore(Math.exp(lossBefore)),
    after: formatScore(Math.exp(lossAfter)),
    lossRise: formatDecimal(lossAfter - lossBefore),
  };

  async function loss(model: InferenceModel): Promise<number> {
    const scorer = await createTokenScorer(model, { threads });
    try {
      const sums = await scorer.score(scored);
      return sums.reduce((total, sum) => total + sum, 0) / count;
    } finally {
      await scorer.release();
    }
  }
}

async function textsOf({ spec, stores, seed }: ForgettingParts): Promise<readonly string[]> {
  if (!spec.sources) return generalText;
  const texts: string[] = [];
  for (const source of spec.sources)
    texts.push(...(await openSource(source, { stores, seed })).read(0).records.map(textOf));
  return texts;
}

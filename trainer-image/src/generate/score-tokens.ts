import { createSession } from '../runtime/session.ts';
import { intTensor } from '../runtime/tensor.ts';
import { decodeGraph, type InferenceModel } from './decode-graph.ts';
import { cacheFeeds, createKvCache } from './kv-cache.ts';
import { stepFeeds } from './step-feeds.ts';
import { virtualTokensOf } from './virtual-tokens.ts';

/** A text whose tokens from `from` (at least 1) on are scored, given all before. */
export interface ScoredText {
  readonly tokens: readonly number[];
  readonly from: number;
}

/** Scores texts by a model. */
export interface TokenScorer {
  /** Sum of the negative log-probabilities, in nats, of the scored tokens of each text of at most `context` tokens. */
  score(texts: readonly ScoredText[]): Promise<number[]>;
  release(): Promise<void>;
}

/** Compiles the scoring graph; `batchTokens` bounds the rows of one run, unless a single text is longer. */
export async function createTokenScorer(
  model: InferenceModel,
  { threads, batchTokens = 1024 }: { readonly threads: number; readonly batchTokens?: number },
): Promise<TokenScorer> {
  const { config, folder } = model;
  const session = await createSession(
    { graph: decodeGraph(model, 'score'), ...(folder === undefined ? {} : { folder }) },
    { threads, spinning: false, prepacking: false },
  );
  const virtual = await virtualTokensOf(model, threads);
  const run = async (texts: readonly ScoredText[]): Promise<number[]> => {
    // The last token is only a target.
    const spans = texts.map(({ tokens }) => ({ tokens: tokens.slice(0, -1), past: virtual.count }));
    const wanted: number[] = [];
    const targets: number[] = [];
    let row = 0;
    for (const { tokens, from } of texts) {
      for (let i = from; i < tokens.length; i++) {
        wanted.push(row + i - 1);
        targets.push(tokens[i]!);
      }
      row += tokens.length - 1;
    }
    const cache = createKvCache({ ...config, context: Math.max(1, virtual.count) }, texts.length);
    cache.reserve(virtual.count);
    virtual.fill(cache, [...texts.keys()]);
    const results = await session.run({
      ...stepFeeds(spans, config, cache.capacity),
      ...cacheFeeds(cache, config, 0, texts.length),
      wanted: intTensor(wanted),
      targets: intTensor(targets),
    });
    const logProbability = results['logProbability']!.data as Float32Array;
    let at = 0;
    return texts.map(({ tokens, from }) => {
      let sum = 0;
      for (let i = from; i < tokens.length; i++) sum -= logProbability[at++]!;
      return sum;
    });
  };

  return {
    async score(texts) {
      const sums = texts.map(() => 0);
      for (const batch of batchesOf(texts, batchTokens)) {
        const scored = await run(batch.map((i) => texts[i]!));
        for (const [j, i] of batch.entries()) sums[i] = scored[j]!;
      }
      return sums;
    },
    release: () => session.release(),
  };
}

/** Indices of texts of like length together, those with nothing to score left out. */
function* batchesOf(texts: readonly ScoredText[], batchTokens: number): Generator<number[]> {
  const order = [...texts.keys()]
    .filter((i) => texts[i]!.from < texts[i]!.tokens.length)
    .sort((a, b) => texts[a]!.tokens.length - texts[b]!.tokens.length || a - b);
  let batch: number[] = [];
  let rows = 0;
  for (const i of order) {
    const { length } = texts[i]!.tokens;
    if (batch.length > 0 && rows + length > batchTokens) {
      yield batch;
      batch = [];
      rows = 0;
    }
    batch.push(i);
    rows += length;
  }
  if (batch.length > 0) yield batch;
}

import { createSession, type Session } from '../runtime/session.ts';
import { intTensor } from '../runtime/tensor.ts';
import { contextOf, decodeGraph, type InferenceModel } from './decode-graph.ts';
import { cacheFeeds, createKvCache } from './kv-cache.ts';
import { stepFeeds, type Span } from './step-feeds.ts';
import { virtualTokensOf } from './virtual-tokens.ts';

/** A model with a cache for `slots` sequences, run step by step. */
export interface Decoder {
  readonly slots: number;
  readonly context: number;
  readonly vocabulary: number;
  /**
   * Runs the new tokens of the sequences in the slots `first`, `first + 1`, … and files their keys and values.
   * Returns the logits [vocabulary] after the last token of each.
   */
  step(first: number, spans: readonly Span[]): Promise<Float32Array[]>;
  /** Tells that no slot in use holds more than `longest` tokens, so that the cache may shrink. */
  trim(longest: number): void;
  /** Copies a sequence of `length` tokens to another slot. */
  move(from: number, to: number, length: number): void;
  release(): Promise<void>;
}

export interface DecoderOptions {
  readonly slots: number;
  readonly threads: number;
}

/** Compiles the inference graph of a model. */
export async function createDecoder(model: InferenceModel, { slots, threads }: DecoderOptions): Promise<Decoder> {
  const { config, folder } = model;
  const session = await createSession(
    { graph: decodeGraph(model), ...(folder === undefined ? {} : { folder }) },
    { threads, spinning: false },
  );
  const cache = createKvCache(config, slots);
  // They stand in the cache before the first token of a slot, and whoever counts tokens does not see them.
  const virtual = await virtualTokensOf(model, threads);
  return {
    slots,
    context: contextOf(model),
    vocabulary: config.vocabulary,
    async step(first, given) {
      const spans = given.map(({ tokens, past }) => ({ tokens, past: past + virtual.count }));
      cache.reserve(Math.max(...spans.map(({ tokens, past }) => past + tokens.length)));
      virtual.fill(
        cache,
        given.flatMap(({ past }, b) => (past === 0 ? [first + b] : [])),
      );
      const ends = lastRows(spans);
      const results = await session.run({
        ...stepFeeds(spans, config, cache.capacity),
        ...cacheFeeds(cache, config, first, spans.length),
        wanted: intTensor(ends),
      });
      const at = spans.flatMap(({ tokens, past }, b) =>
        tokens.map((_, i) => ({ slot: first + b, position: past + i })),
      );
      for (let layer = 0; layer < config.layers; layer++)
        cache.write(layer, floats(results, `key.${layer}`), floats(results, `value.${layer}`), at);
      const logits = floats(results, 'logits');
      return ends.map((_, b) => logits.subarray(b * config.vocabulary, (b + 1) * config.vocabulary));
    },
    trim: (longest) => cache.trim(longest + virtual.count),
    move: (from, to, length) => cache.move(from, to, length + virtual.count),
    release: () => session.release(),
  };
}

function lastRows(spans: readonly Span[]): number[] {
  let row = -1;
  return spans.map(({ tokens }) => (row += tokens.length));
}

function floats(results: Awaited<ReturnType<Session['run']>>, name: string): Float32Array {
  return results[name]!.data as Float32Array;
}

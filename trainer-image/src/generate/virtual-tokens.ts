import { tokenEmbedding } from '../models/token-embedding.ts';
import { createSession } from '../runtime/session.ts';
import { decodeGraph, type InferenceModel } from './decode-graph.ts';
import { cacheFeeds, createKvCache, type KvCache } from './kv-cache.ts';
import { stepFeeds } from './step-feeds.ts';

/** What a model keeps of a text of at most `context` tokens, `[tokens, 2 * layers * kvHeads * headDim]`: keys before values in each layer. */
export async function readKeysAndValues(
  model: InferenceModel,
  tokens: readonly number[],
  threads: number,
): Promise<Float32Array> {
  const { config, folder } = model;
  const session = await createSession(
    { graph: decodeGraph(model, 'cache'), ...(folder === undefined ? {} : { folder }) },
    { threads, spinning: false },
  );
  try {
    const empty = createKvCache({ ...config, context: 1 }, 1);
    const results = await session.run({
      ...stepFeeds([{ tokens, past: 0 }], config, empty.capacity),
      ...cacheFeeds(empty, config, 0, 1),
    });
    const width = config.kvHeads * config.headDim;
    const all = new Float32Array(tokens.length * 2 * config.layers * width);
    for (let layer = 0; layer < config.layers; layer++)
      for (const [part, name] of [`key.${layer}`, `value.${layer}`].entries()) {
        const rows = results[name]!.data as Float32Array;
        for (let i = 0; i < tokens.length; i++)
          all.set(rows.subarray(i * width, (i + 1) * width), (i * 2 * config.layers + 2 * layer + part) * width);
      }
    return all;
  } finally {
    await session.release();
  }
}

/** Writes a model's virtual tokens to the beginning of cache slots; nothing where there are none. */
export type FillSlots = (cache: KvCache, slots: readonly number[]) => void;

/** Reads the virtual tokens of a model once, so that filling a slot is a copy. */
export async function virtualTokensOf(
  model: InferenceModel,
  threads: number,
): Promise<{ readonly count: number; readonly fill: FillSlots }> {
  const { virtualTokens, config } = model;
  if (!virtualTokens) return { count: 0, fill: () => {} };
  const { count, form, data } = virtualTokens;
  const kept = form === 'keysAndValues' ? data : await readEmbeddings(model, count, data, threads);
  const width = config.kvHeads * config.headDim;
  const part = (index: number): Float32Array => {
    const rows = new Float32Array(count * width);
    for (let i = 0; i < count; i++) {
      const start = (i * 2 * config.layers + index) * width;
      rows.set(kept.subarray(start, start + width), i * width);
    }
    return rows;
  };
  const layers = Array.from({ length: config.layers }, (_, layer) => [part(2 * layer), part(2 * layer + 1)] as const);
  const fill: FillSlots = (cache, slots) => {
    for (const slot of slots) {
      const places = Array.from({ length: count }, (_, position) => ({ slot, position }));
      for (const [layer, [keys, values]] of layers.entries()) cache.write(layer, keys, values, places);
    }
  };
  return { count, fill };
}

/** Embeddings go through the network as a text whose vocabulary they are. */
function readEmbeddings(
  model: InferenceModel,
  count: number,
  data: Float32Array,
  threads: number,
): Promise<Float32Array> {
  const table = tokenEmbedding(model.family, model.config);
  const small: InferenceModel = {
    ...model,
    config: { ...model.config, vocabulary: count },
    weight: (name) => (name === table ? data : model.weight(name)),
  };
  const tokens = Array.from({ length: count }, (_, i) => i);
  return readKeysAndValues(small, tokens, threads);
}

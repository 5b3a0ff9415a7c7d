import type { VirtualTokens } from '../adapters/adapter.ts';
import type { Family, ModelConfig } from '../models/family.ts';
import { tokenEmbedding } from '../models/token-embedding.ts';
import { documentAttention, type AttentionOptions, type KeysAndValues } from '../nn/document-attention.ts';
import type { ForwardContext } from '../nn/forward-context.ts';
import type { Value } from '../onnx/value.ts';

/**
 * Keys and values of an adapter's virtual tokens. They see each other alone and all documents see them, so embeddings go
 * through the network once a run, however many documents are packed into it: as a text whose embeddings are the table.
 */
export function virtualContext(
  { ops, weight, linear }: Pick<ForwardContext, 'ops' | 'weight' | 'linear'>,
  family: Family,
  config: ModelConfig,
  { count, tensor, form }: VirtualTokens,
): NonNullable<AttentionOptions['before']> {
  if (form === 'keysAndValues') {
    const pieces = separate(ops, weight(tensor), config, count);
    return { count, of: (layer) => ({ keys: pieces[2 * layer]!, values: pieces[2 * layer + 1]! }) };
  }
  return ops.scope('virtual', () => {
    const kept: KeysAndValues[] = [];
    const indices = ops.constant(
      BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
      [count],
      'int64',
    );
    const segments = ops.constant(new Int32Array(count).fill(1), [1, count], 'int32');
    const attend = documentAttention(ops, config, 1, count, ops.reshape(indices, [1, count]), segments, {
      observe: (layer, pair) => (kept[layer] = pair),
    });
    const table = tokenEmbedding(family, config);
    const looked = (name: string): Value => weight(name === table ? tensor : name);
    family.hidden({ ops, weight: looked, linear, attend }, config, indices, indices);
    return { count, of: (layer) => kept[layer]! };
  });
}

/** `[count, 2 * layers * kvHeads * headDim]` → one `[1, kvHeads, count, headDim]` for the keys and for the values of each layer. */
function separate(
  ops: ForwardContext['ops'],
  flat: Value,
  { layers, kvHeads, headDim }: ModelConfig,
  count: number,
): Value[] {
  const pairs = ops.transpose(ops.reshape(flat, [count, 2 * layers, kvHeads, headDim]), [1, 2, 0, 3]);
  return ops.split(
    pairs,
    0,
    Array.from({ length: 2 * layers }, () => 1),
  );
}

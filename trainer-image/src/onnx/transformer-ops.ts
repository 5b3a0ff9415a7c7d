import type { Builder } from './builder.ts';
import { withDim } from './shapes.ts';
import type { Value } from './value.ts';

/** Inputs of grouped-query attention over a key-value cache (inference only). */
export interface GroupQueryAttention {
  /** `[batch, seq, heads * headDim]` */
  readonly query: Value;
  /** `[batch, seq, kvHeads * headDim]` */
  readonly key: Value;
  /** `[batch, seq, kvHeads * headDim]` */
  readonly value: Value;
  /** `[batch, kvHeads, pastSeq, headDim]` */
  readonly pastKey: Value;
  /** `[batch, kvHeads, pastSeq, headDim]` */
  readonly pastValue: Value;
  /** int32 `[batch]`: length of each sequence with the new tokens, minus one. */
  readonly seqlensK: Value;
  /** int32 `[]` or `[1]`: the longest of these lengths, with the new tokens. */
  readonly totalSequenceLength: Value;
  readonly heads: number;
  readonly kvHeads: number;
  /** Name or size of the cache axis of the results. */
  readonly totalSequence: number | string;
  /** When given, query and key are rotated by it, at positions that follow from the past: cos and sin `[context, headDim / 2]`. */
  readonly rotary?: { readonly cos: Value; readonly sin: Value };
}

/** Fused operators of transformers. */
export interface TransformerOps {
  /** `x / sqrt(mean(x²) + epsilon) · weight` over the last axis. */
  readonly rmsNorm: (x: Value, weight: Value, epsilon: number) => Value;
  /** `(x - mean) / sqrt(variance + epsilon) · weight + bias` over the last axis. */
  readonly layerNorm: (x: Value, weight: Value, bias: Value, epsilon: number) => Value;
  /** Rotates the two halves of each head: x `[batch, heads, seq, headDim]`, positionIds int64 `[batch, seq]`, cos and sin `[context, headDim / 2]`. */
  readonly rotaryEmbedding: (x: Value, positionIds: Value, cos: Value, sin: Value) => Value;
  /** Causal attention of the new tokens over past and new ones: `[batch, seq, heads * headDim]` and the two longer caches. */
  readonly groupQueryAttention: (
    inputs: GroupQueryAttention,
  ) => [output: Value, presentKey: Value, presentValue: Value];
}

export function transformerOps({ emit, emitOne }: Builder): TransformerOps {
  return {
    rmsNorm: (x, weight, epsilon) =>
      emit('SimplifiedLayerNormalization', [x, weight], { axis: -1, epsilon: { float: epsilon }, stash_type: 1 })[0]!,
    layerNorm: (x, weight, bias, epsilon) =>
      emit('LayerNormalization', [x, weight, bias], { axis: -1, epsilon: { float: epsilon }, stash_type: 1 })[0]!,
    rotaryEmbedding: (x, positionIds, cos, sin) =>
      emitOne('RotaryEmbedding', [x, positionIds, cos, sin], { interleaved: 0 }),
    groupQueryAttention(inputs) {
      const { query, key, value, pastKey, pastValue, seqlensK, totalSequenceLength, heads, kvHeads, rotary } = inputs;
      const present = withDim(pastKey.shape, 2, inputs.totalSequence);
      const results = emit(
        'GroupQueryAttention',
        [
          query,
          key,
          value,
          pastKey,
          pastValue,
          seqlensK,
          totalSequenceLength,
          ...(rotary ? [rotary.cos, rotary.sin] : []),
        ],
        { num_heads: heads, kv_num_heads: kvHeads, do_rotary: rotary ? 1 : 0 },
        [query.shape, present, present],
      );
      return [results[0]!, results[1]!, results[2]!];
    },
  };
}

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
  rmsNorm(x: Value, weight: Value, epsilon: number): Value;
  /** `(x - mean) / sqrt(variance + epsilon) · weight + bias` over the last axis. */
  layerNorm(x: Value, weight: Value, bias: Value, epsilon: number): Value;
  /** Rotates the two halves of each head: x `[batch, heads, seq, headDim]`, positionIds int64 `[batch, seq]`, cos and sin `[context, headDim / 2]`. */
  rotaryEmbedding(x: Value, positionIds: Value, cos: Value, sin: Value): Value;
  /** Causal attention of the new tokens over past and new ones: `[batch, seq, heads * headDim]` and the two longer caches. */
  groupQueryAttention(inputs: GroupQueryAttention): [output: Value, presentKey: Value, presentValue: Value];
}

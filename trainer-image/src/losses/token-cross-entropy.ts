import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import {
  chunkedTokenLoss,
  chunkSizes,
  type ChunkTerm,
  type TokenChunk,
  type TokenLossInputs,
  type TokenLossPlan,
} from './chunked-token-loss.ts';

/** Weighted sum over slots of −log softmax(hidden · headᵀ)[label], a scalar. */
export function tokenCrossEntropy(ops: Ops, inputs: TokenLossInputs, plan: TokenLossPlan): Value {
  return chunkedTokenLoss(ops, inputs, plan, [], (chunk) => crossEntropyTerm(ops, chunk));
}

/** Cross-entropy of one chunk; its gradient for the logits is weight · (softmax − onehot). */
export function crossEntropyTerm(ops: Ops, { logits, label, weight }: TokenChunk): ChunkTerm {
  const probabilities = ops.softmax(logits, -1);
  // A probability that underflows to 0 would make the loss infinite while its gradient is fine.
  const chosen = ops.max(ops.gatherElements(probabilities, label, 1), ops.constant(1e-30));
  return {
    loss: ops.neg(ops.reduceSum(ops.mul(ops.log(chosen), weight), [0, 1], false)),
    dense: ops.mul(probabilities, weight),
    labelWeight: weight,
  };
}

/** −log softmax(hidden · headᵀ)[label] of each slot, `[slots]`, for evaluation: nothing of it has a gradient. */
export function tokenNegativeLogLikelihood(
  ops: Ops,
  { hidden, head, labels }: Omit<TokenLossInputs, 'weights'>,
  chunk: number,
): Value {
  const slots = hidden.shape[0] as number;
  const sizes = chunkSizes(slots, chunk);
  const cut = (x: Value): Value[] => (sizes.length === 1 ? [x] : ops.split(x, 0, sizes));
  const [rows, columns] = [cut(hidden), cut(ops.reshape(labels, [slots, 1]))];
  const parts = sizes.map((_, i) => {
    const logits = ops.matmul(rows[i]!, head, { transB: true });
    return ops.gatherElements(ops.logSoftmax(logits, -1), columns[i]!, 1);
  });
  return ops.neg(ops.reshape(ops.concat(parts, 0), [slots]));
}

import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';

/** Where a slot's token looks, as shares `[slots, sequence]` over the tokens of its row; the mean of the heads of a layer. */
export interface AttentionPair {
  readonly student: Value;
  readonly teacher: Value;
}

/** Sum over pairs and slots of weight · Σ (a − b)², a scalar, after TinyBERT (Jiao et al., 2020), which takes heads one by one. */
export function attentionLoss(ops: Ops, pairs: readonly AttentionPair[], weights: Value): Value {
  const column = ops.reshape(weights, [weights.shape[0]!, 1]);
  const losses = pairs.map(({ student, teacher }) => {
    const difference = ops.sub(student, teacher);
    return ops.reduceSum(ops.mul(ops.mul(difference, difference), column), [0, 1], false);
  });
  return ops.sum(losses);
}

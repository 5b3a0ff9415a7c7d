import type { StateLoss } from '@wikigpt/schema/catalog.ts';
import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';

export interface StatePair {
  /** `[slots, student's hidden]` */
  readonly student: Value;
  /** `[slots, teacher's hidden]` */
  readonly teacher: Value;
  /** `[teacher's hidden, student's hidden]`; null where the widths are equal. */
  readonly projection: Value | null;
}

/**
 * Sum over pairs and slots of weight · d(W s, t), a scalar: the student's states follow the teacher's. d is mean((a − b)²),
 * or 1 − a · b / (‖a‖ ‖b‖) as in DistilBERT (Sanh et al., 2019).
 */
export function hiddenStateLoss(ops: Ops, loss: StateLoss, pairs: readonly StatePair[], weights: Value): Value {
  const column = ops.reshape(weights, [weights.shape[0]!, 1]);
  const losses = pairs.map(({ student, teacher, projection }) => {
    const seen = projection ? ops.matmul(student, projection, { transB: true }) : student;
    return ops.reduceSum(ops.mul(distances[loss](ops, seen, teacher), column), [0, 1], false);
  });
  return ops.sum(losses);
}

/** How far two states `[slots, hidden]` are from each other, `[slots, 1]`. */
const distances = {
  MSE(ops, a, b) {
    const difference = ops.sub(a, b);
    return ops.reduceMean(ops.mul(difference, difference), [1]);
  },
  Cosine(ops, a, b) {
    const dot = (x: Value, y: Value): Value => ops.reduceSum(ops.mul(x, y), [1]);
    // A state of nothing but zeros has no direction; it is far from all.
    const lengths = ops.sqrt(ops.add(ops.mul(dot(a, a), dot(b, b)), 1e-16));
    return ops.sub(1, ops.div(dot(a, b), lengths));
  },
} satisfies Record<StateLoss, (ops: Ops, a: Value, b: Value) => Value>;

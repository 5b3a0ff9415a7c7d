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

/** Sum over pairs and slots of weight · mean((W s − t)²), a scalar: the student's states follow the teacher's. */
export function hiddenStateLoss(ops: Ops, pairs: readonly StatePair[], weights: Value): Value {
  const column = ops.reshape(weights, [weights.shape[0]!, 1]);
  const losses = pairs.map(({ student, teacher, projection }) => {
    const seen = projection ? ops.matmul(student, projection, { transB: true }) : student;
    const difference = ops.sub(seen, teacher);
    const squares = ops.reduceMean(ops.mul(difference, difference), [1]);
    return ops.reduceSum(ops.mul(squares, column), [0, 1], false);
  });
  return ops.sum(losses);
}

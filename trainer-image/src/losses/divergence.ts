import type { Divergence } from '@wikigpt/schema/catalog.ts';
import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';

export interface DivergenceOptions {
  readonly divergence: Divergence;
  /** Share of the teacher in the mixture of JSD; between 0 and 1, both excluded. */
  readonly beta: number;
}

/**
 * How far the student's distribution q is from the teacher's p, given the logarithms of both `[rows, tokens]`:
 * the divergence of each row `[rows, 1]`, and its gradient `[rows, tokens]` for the logits that q is the softmax of.
 *
 * ForwardKL  Σ p log(p/q)                         q − p
 * ReverseKL  Σ q log(q/p)                         q ∘ (log(q/p) − Σ q log(q/p))
 * JSD        β Σ p log(p/m) + (1−β) Σ q log(q/m)  (1−β) q ∘ (log(q/m) − Σ q log(q/m)),  m = β p + (1−β) q
 */
export function divergence(
  ops: Ops,
  { divergence, beta }: DivergenceOptions,
  logP: Value,
  logQ: Value,
): { value: Value; gradient: Value } {
  const sum = (x: Value): Value => ops.reduceSum(x, [1]);
  const q = ops.exp(logQ);
  /** Σ q (log q − other) and q ∘ (log q − other − that sum). */
  const studentSide = (other: Value) => {
    const difference = ops.sub(logQ, other);
    const value = sum(ops.mul(q, difference));
    return { value, gradient: ops.mul(q, ops.sub(difference, value)) };
  };
  if (divergence === 'ReverseKL') return studentSide(logP);
  const p = ops.exp(logP);
  if (divergence === 'ForwardKL') return { value: sum(ops.mul(p, ops.sub(logP, logQ))), gradient: ops.sub(q, p) };
  const logM = logOfMixture(ops, ops.add(logP, Math.log(beta)), ops.add(logQ, Math.log(1 - beta)));
  const student = studentSide(logM);
  const teacher = sum(ops.mul(p, ops.sub(logP, logM)));
  return {
    value: ops.add(ops.mul(teacher, beta), ops.mul(student.value, 1 - beta)),
    gradient: ops.mul(student.gradient, 1 - beta),
  };
}

/** log(eᵃ + eᵇ) without overflow, also where both underflow. */
function logOfMixture(ops: Ops, a: Value, b: Value): Value {
  const [high, low] = [ops.max(a, b), ops.min(a, b)];
  return ops.add(high, ops.log(ops.add(ops.exp(ops.sub(low, high)), 1)));
}

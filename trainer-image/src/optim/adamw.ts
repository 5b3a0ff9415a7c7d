import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** The three flat vectors `[total]` that training carries from step to step. */
export interface Moments {
  readonly weights: Value;
  readonly first: Value;
  readonly second: Value;
}

/** What changes from step to step: all scalars, computed by `adamwScalars`. */
export interface AdamWScalars {
  readonly rootFactor: Value;
  readonly rootOffset: Value;
  readonly keep: Value;
}

/**
 * Scalars of step t (from 1) of decoupled weight decay (Loshchilov and Hutter, 2019, algorithm 2). The step size, which
 * is the learning rate over the first bias correction, is divided into the root, so that one pass over the weights less is
 * needed: s · m / (√v · c + ε) = m / (√v · c / s + ε / s).
 */
export function adamwScalars(
  { beta1, beta2, epsilon, weightDecay }: AdamWOptions,
  learningRate: number,
  step: number,
): Record<keyof AdamWScalars, number> {
  // Far below any rate that moves a float32 weight, and far above what would overflow its inverse.
  const stepSize = Math.max(learningRate / (1 - beta1 ** step), 1e-30);
  return {
    rootFactor: 1 / Math.sqrt(1 - beta2 ** step) / stepSize,
    rootOffset: epsilon / stepSize,
    keep: 1 - learningRate * weightDecay,
  };
}

/** One AdamW update of flat vectors by `scale * gradient`; only the first `decayed` weights are decayed. */
export function adamw(
  ops: Ops,
  before: Moments,
  gradient: Value,
  scale: Value,
  scalars: AdamWScalars,
  { beta1, beta2, weightDecay }: AdamWOptions,
  decayed: number,
): Moments {
  const c = (value: number): Value => ops.constant(value);
  // The scalars meet first: each line is then one pass over the gradient, not two.
  const part = ops.mul(gradient, ops.mul(scale, c(1 - beta1)));
  const rootPart = ops.mul(gradient, ops.mul(scale, c(Math.sqrt(1 - beta2))));
  const first = ops.add(ops.mul(before.first, c(beta1)), part);
  const second = ops.add(ops.mul(before.second, c(beta2)), ops.mul(rootPart, rootPart));
  const root = ops.add(ops.mul(ops.sqrt(second), scalars.rootFactor), scalars.rootOffset);
  const kept = weightDecay === 0 ? before.weights : decay(ops, before.weights, scalars.keep, decayed);
  return { weights: ops.sub(kept, ops.div(first, root)), first, second };
}

function decay(ops: Ops, weights: Value, keep: Value, decayed: number): Value {
  const total = weights.shape[0] as number;
  if (decayed === 0) return weights;
  if (decayed === total) return ops.mul(weights, keep);
  const [matrices, vectors] = ops.split(weights, 0, [decayed, total - decayed]);
  return ops.concat([ops.mul(matrices!, keep), vectors!], 0);
}

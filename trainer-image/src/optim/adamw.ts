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
  readonly stepSize: Value;
  readonly rootCorrection: Value;
  readonly keep: Value;
}

/**
 * Scalars of step t (from 1): learning rate over the first bias correction, one over the root of the second,
 * and the factor of decoupled weight decay (Loshchilov and Hutter, 2019, algorithm 2).
 */
export function adamwScalars(
  options: AdamWOptions,
  learningRate: number,
  step: number,
): Record<keyof AdamWScalars, number> {
  return {
    stepSize: learningRate / (1 - options.beta1 ** step),
    rootCorrection: 1 / Math.sqrt(1 - options.beta2 ** step),
    keep: 1 - learningRate * options.weightDecay,
  };
}

/** One AdamW update of flat vectors; only the first `decayed` weights are decayed. */
export function adamw(
  ops: Ops,
  before: Moments,
  gradient: Value,
  scalars: AdamWScalars,
  options: AdamWOptions,
  decayed: number,
): Moments {
  const { beta1, beta2, epsilon } = options;
  const c = (value: number): Value => ops.constant(value);
  const first = ops.add(ops.mul(before.first, c(beta1)), ops.mul(gradient, c(1 - beta1)));
  const second = ops.add(ops.mul(before.second, c(beta2)), ops.mul(ops.mul(gradient, gradient), c(1 - beta2)));
  const root = ops.add(ops.mul(ops.sqrt(second), scalars.rootCorrection), c(epsilon));
  const update = ops.mul(ops.div(first, root), scalars.stepSize);
  const kept = options.weightDecay === 0 ? before.weights : decay(ops, before.weights, scalars.keep, decayed);
  return { weights: ops.sub(kept, update), first, second };
}

function decay(ops: Ops, weights: Value, keep: Value, decayed: number): Value {
  const total = weights.shape[0] as number;
  if (decayed === 0) return weights;
  if (decayed === total) return ops.mul(weights, keep);
  const [matrices, vectors] = ops.split(weights, 0, [decayed, total - decayed]);
  return ops.concat([ops.mul(matrices!, keep), vectors!], 0);
}

import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import { chunkSizes, type TokenLossInputs, type TokenLossPlan } from './chunked-token-loss.ts';
import { tokenNegativeLogLikelihood } from './token-cross-entropy.ts';

export interface DpoOptions {
  /** How far the model may leave the reference: the larger, the less. */
  readonly beta: number;
  /** Share of pairs that are taken to be the wrong way round. */
  readonly labelSmoothing: number;
}

/** The pair of each slot, and what the reference makes of the same slots. */
export interface DpoInputs extends TokenLossInputs {
  /** `[slots]` int64, from 0. `weights` are 1 for the chosen answer, −1 for the rejected one, 0 for padding. */
  readonly pairs: Value;
  readonly reference: { readonly hidden: Value; readonly head: Value };
}

/**
 * Direct preference optimisation (Rafailov et al., 2023, equation 7), summed over pairs, a scalar: −log σ(β m), m how
 * much more than the reference the model prefers the chosen answer, Σ ± (log π − log π_ref) over the tokens of both. With
 * label smoothing ε (Mitchell, 2023) (1 − ε) · −log σ(β m) + ε · −log σ(−β m).
 *
 * The slope of a token's log-likelihood is known only when its pair is, so the way back computes the logits again,
 * chunk by chunk, and nothing of size `[slots, vocabulary]` is kept.
 */
export function dpoLoss(ops: Ops, inputs: DpoInputs, { beta, labelSmoothing }: DpoOptions, plan: TokenLossPlan): Value {
  const { hidden, head, labels, weights, pairs, reference } = inputs;
  const slots = hidden.shape[0] as number;
  const column = (x: Value): Value => ops.reshape(x, [slots, 1]);
  let slope: Value;
  const [loss] = ops.customGradient(
    [hidden, head],
    () => {
      const nll = (states: { readonly hidden: Value; readonly head: Value }): Value =>
        tokenNegativeLogLikelihood(ops, { ...states, labels }, plan.chunk);
      const gained = ops.sub(nll(reference), nll({ hidden, head }));
      // There are as many places for pairs as slots; those without one count nothing.
      const none = ops.constant(new Float32Array(slots), [slots, 1]);
      const ofPairs = (x: Value): Value => ops.scatterRows(none, pairs, column(x));
      const there = ops.min(ofPairs(ops.abs(weights)), 1);
      const margin = ops.mul(ofPairs(ops.mul(gained, weights)), beta);
      const loses = ops.mul(softplus(ops, ops.neg(margin)), 1 - labelSmoothing);
      const wins = ops.mul(softplus(ops, margin), labelSmoothing);
      const likely = ops.sigmoid(margin);
      // d/dm of the two: −(1 − ε) β σ(−β m) + ε β σ(β m) = β (σ(β m) − (1 − ε))
      const ofMargin = ops.mul(ops.sub(likely, 1 - labelSmoothing), beta);
      slope = ops.mul(column(weights), ops.gather(ofMargin, pairs, 0));
      return [ops.reduceSum(ops.mul(ops.add(loses, wins), there), [0, 1], false)];
    },
    (g, [upstream]) => (upstream ? likelihoodGradient(g, inputs, g.mul(slope, upstream), plan) : [null, null]),
  );
  return loss!;
}

/** log(1 + eˣ) without overflow. */
function softplus(ops: Ops, x: Value): Value {
  return ops.add(ops.max(x, 0), ops.log(ops.add(ops.exp(ops.neg(ops.abs(x))), 1)));
}

/** Gradients for hidden states and head, from that `[slots, 1]` for each slot's log-likelihood. */
function likelihoodGradient(
  g: Ops,
  { hidden, head, labels }: TokenLossInputs,
  slope: Value,
  { chunk, wants }: TokenLossPlan,
): [Value | null, Value | null] {
  const sizes = chunkSizes(hidden.shape[0] as number, chunk);
  const cut = (x: Value): Value[] => g.split(x, 0, sizes);
  const [rows, slopes, ids] = [cut(hidden), cut(slope), cut(labels)];
  const parts = sizes.map((_, i) => {
    const [row, factor, id] = [rows[i]!, slopes[i]!, ids[i]!];
    const dense = g.mul(g.softmax(g.matmul(row, head, { transB: true }), -1), factor);
    return {
      hidden: wants.hidden ? g.sub(g.mul(g.gather(head, id, 0), factor), g.matmul(dense, head)) : null,
      head: wants.head ? g.scatterRows(g.neg(g.matmul(dense, row, { transA: true })), id, g.mul(row, factor)) : null,
    };
  });
  return [
    wants.hidden
      ? g.concat(
          parts.map((part) => part.hidden!),
          0,
        )
      : null,
    wants.head ? g.sum(parts.map((part) => part.head!)) : null,
  ];
}

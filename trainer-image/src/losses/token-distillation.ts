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
import { divergence, type DivergenceOptions } from './divergence.ts';
import { crossEntropyTerm } from './token-cross-entropy.ts';

export interface TokenDistillationOptions extends DivergenceOptions {
  /** Softens both distributions; its square makes up for the smaller gradients (Hinton et al., 2015). */
  readonly temperature: number;
  /** Share of the divergence, a number or `[1, 1]`; the rest is cross-entropy with the labels. */
  readonly weight: number | Value;
  /** Tokens from 0 that both models have; ids behind them fill a table up, and neither model is asked about them. */
  readonly tokens: number;
}

/** What the teacher says of each slot. */
export type TeacherDistribution =
  /** Its hidden states `[slots, teacher's hidden]` and its output embedding. */
  | { readonly hidden: Value; readonly head: Value }
  /** Its likeliest tokens `[slots, k]` int64, and `[slots, k + 1]` logarithms of their share and of all others' together, softened. */
  | { readonly tokens: Value; readonly logShares: Value };

/**
 * Weighted sum over slots of (1 − weight) · cross-entropy + weight · temperature² · divergence, a scalar; no gradient
 * goes to the teacher. Where only its likeliest tokens are known, both distributions are compared over these and the
 * rest as one, so that the tail keeps its mass.
 */
export function tokenDistillation(
  ops: Ops,
  inputs: TokenLossInputs,
  teacher: TeacherDistribution,
  options: TokenDistillationOptions,
  plan: TokenLossPlan,
): Value {
  const { temperature, weight, tokens } = options;
  const soften = (logits: Value): Value => ops.logSoftmax(ops.div(firstColumns(ops, logits, tokens), temperature), -1);
  const follow = (logits: Value, [first, second]: readonly Value[]) => {
    const logQ = soften(logits);
    if ('tokens' in teacher) return overLikeliest(ops, options, first!, second!, logQ);
    return divergence(ops, options, soften(ops.matmul(first!, teacher.head, { transB: true })), logQ);
  };
  const term = (chunk: TokenChunk): ChunkTerm => {
    const { value, gradient } = follow(chunk.logits, chunk.beside);
    const share = ops.mul(ops.mul(chunk.weight, weight), temperature);
    const loss = ops.reduceSum(ops.mul(value, ops.mul(share, temperature)), [0, 1], false);
    const dense = zeroColumns(ops, ops.mul(gradient, share), chunk.logits.shape[1] as number);
    if (weight === 1) return { loss, dense, labelWeight: null };
    const labelled = crossEntropyTerm(ops, { ...chunk, weight: ops.mul(chunk.weight, ops.sub(1, weight)) });
    return { ...labelled, loss: ops.add(labelled.loss, loss), dense: ops.add(labelled.dense, dense) };
  };
  const beside = 'tokens' in teacher ? [teacher.tokens, teacher.logShares] : [teacher.hidden];
  return chunkedTokenLoss(ops, inputs, plan, beside, term);
}

/** The first `count` columns of `x`. */
function firstColumns(ops: Ops, x: Value, count: number): Value {
  const more = (x.shape[1] as number) - count;
  return more === 0 ? x : ops.split(x, 1, [count, more])[0]!;
}

/** `x` with columns of zeros up to `count`: what was not looked at moves nothing. */
function zeroColumns(ops: Ops, x: Value, count: number): Value {
  const [rows, columns] = x.shape as readonly [number, number];
  if (columns === count) return x;
  return ops.concat([x, ops.constant(new Float32Array(rows * (count - columns)), [rows, count - columns])], 1);
}

/** The divergence over k tokens and the rest as one; inside the rest the gradient is shared in proportion to q. */
function overLikeliest(ops: Ops, options: DivergenceOptions, tokens: Value, logShares: Value, logQ: Value) {
  const k = tokens.shape[1] as number;
  const { logShares: ofStudent, rest, tail } = sharesOf(ops, logQ, tokens);
  const { value, gradient } = divergence(ops, options, logShares, ofStudent);
  const [ofChosen, ofTail] = ops.split(gradient, 1, [k, 1]);
  return { value, gradient: ops.scatterElements(ops.mul(rest, ops.div(ofTail!, tail)), tokens, ofChosen!, 1) };
}

/** Logarithms of the shares of `tokens` and of all others together, from those of all tokens. */
function sharesOf(ops: Ops, logQ: Value, tokens: Value) {
  const q = ops.exp(logQ);
  // Summed without the chosen, since 1 − Σ would be rounding alone where the model is sure.
  const rest = ops.scatterElements(q, tokens, ops.neg(ops.gatherElements(q, tokens, 1)), 1);
  const tail = ops.max(ops.reduceSum(rest, [1]), ops.constant(1e-30));
  return { logShares: ops.concat([ops.gatherElements(logQ, tokens, 1), ops.log(tail)], 1), rest, tail };
}

export interface LikeliestOptions {
  /** How many tokens are told apart. */
  readonly count: number;
  readonly temperature: number;
  /** Tokens from 0 to choose from. */
  readonly tokens: number;
  /** Slots whose logits exist at one time. */
  readonly chunk: number;
}

/** The teacher's likeliest tokens of each slot, as `tokenDistillation` takes them. */
export function likeliestTokens(
  ops: Ops,
  { hidden, head }: { readonly hidden: Value; readonly head: Value },
  { count, temperature, tokens, chunk }: LikeliestOptions,
): { tokens: Value; logShares: Value } {
  const sizes = chunkSizes(hidden.shape[0] as number, chunk);
  const parts = ops.split(hidden, 0, sizes).map((rows) => {
    const logits = firstColumns(ops, ops.matmul(rows, head, { transB: true }), tokens);
    const logP = ops.logSoftmax(ops.div(logits, temperature), -1);
    const { indices } = ops.topK(logP, 1, count);
    return { tokens: indices, logShares: sharesOf(ops, logP, indices).logShares };
  });
  return {
    tokens: ops.concat(
      parts.map(({ tokens }) => tokens),
      0,
    ),
    logShares: ops.concat(
      parts.map(({ logShares }) => logShares),
      0,
    ),
  };
}

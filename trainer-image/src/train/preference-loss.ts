import { dpoLoss, type DpoOptions } from '../losses/dpo.ts';
import type { TokenLossInputs, TokenLossPlan } from '../losses/chunked-token-loss.ts';
import type { Family, ModelConfig, Parameter } from '../models/family.ts';
import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import { packedForward, type BatchInputs } from './packed-forward.ts';

/** The base as it was, without what the method adds: what the model is held against. */
export interface Reference {
  readonly family: Family;
  readonly config: ModelConfig;
  readonly frozen: (parameter: Parameter) => Value;
}

/** The summed DPO loss of a batch of pairs; the reference runs in the same graph, on the same weights, without a way back. */
export function preferenceLoss(
  ops: Ops,
  options: DpoOptions,
  inputs: TokenLossInputs,
  batch: BatchInputs,
  reference: Reference,
  plan: TokenLossPlan,
): Value {
  const base = ops.scope('reference', () => packedForward(ops, batch, { ...reference, trained: new Map() }));
  const pairs = ops.input('pairs', 'int64', [batch.slots]);
  return dpoLoss(ops, { ...inputs, pairs, reference: base }, options, plan);
}

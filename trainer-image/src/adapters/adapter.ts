import type { Parameter } from '../models/family.ts';
import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';

/** The model that an adapter is put on. */
export interface AdaptedModel {
  readonly parameters: readonly Parameter[];
}

/** One tuning method applied to one model: what it trains and how that changes the network. */
export interface Adapter {
  /** The tensors that the optimiser moves; every other tensor of the model is frozen. */
  readonly trainable: readonly Parameter[];
  /** Extra output `[rows, out]` of the named linear layer for its input `[rows, in]`, added to `y`. */
  linear(ops: Ops, weight: (name: string) => Value, layer: string, x: Value, y: Value): Value;
  /** A model tensor with the training folded in; the base's own where nothing changed. */
  merge(parameter: Parameter, base: Float32Array, trained: (name: string) => Float32Array | undefined): Float32Array;
  /** The PEFT `adapter_config.json`, or null where the method has no adapter file. */
  peftConfig(baseName: string): Readonly<Record<string, unknown>> | null;
}

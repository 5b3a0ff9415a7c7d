import type { Family, ModelConfig, Parameter } from '../models/family.ts';
import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import type { Random } from '../random.ts';

/** The model that an adapter is put on. */
export interface AdaptedModel {
  readonly family: Family;
  readonly config: ModelConfig;
}

/** A linear layer as the base has it. */
export interface BaseLinear {
  /** Name in the model, such as model.layers.0.self_attn.q_proj. */
  readonly name: string;
  /** `[rows, in]` → `[rows, out]`, without the bias. */
  product(x: Value): Value;
  /** Adds the bias, where there is one. */
  biased(y: Value): Value;
}

/** What an adapter builds its part of a graph from. */
export interface AdapterContext {
  readonly ops: Ops;
  /** A tensor of the model or of the adapter. */
  weight(name: string): Value;
  /** The input `[rows, in]` of a layer after dropout; outside of training all of it. */
  drop(layer: string, x: Value): Kept;
}

/** An input of which a share is zero; `scale` times it stands for all of it. */
export interface Kept {
  readonly x: Value;
  readonly scale: number;
}

/** Inputs of layers of which a share is set to zero in training. */
export interface Dropout {
  readonly rate: number;
  readonly sites: readonly { readonly layer: string; readonly width: number }[];
}

/** Virtual tokens that every document sees before its first own one: as embeddings, or as keys and values. */
export interface VirtualTokens {
  readonly count: number;
  /** Name of the tensor: `[count, hidden]`, or `[count, 2 * layers * kvHeads * headDim]`, keys before values in each layer. */
  readonly tensor: string;
  readonly form: 'embeddings' | 'keysAndValues';
}

/** What the first values of an adapter may be made of. */
export interface Origin {
  readonly random: Random;
  /** A tensor of the base. */
  tensor(name: string): Promise<Float32Array>;
  /** The tokens of a text, without special ones. */
  encode(text: string): readonly number[];
  /** What the base keeps of a text that it has read: `[tokens, 2 * layers * kvHeads * headDim]`. */
  keysAndValues(tokens: readonly number[]): Promise<Float32Array>;
}

/** One tuning method applied to one model: what it trains and how that changes the network. */
export interface Adapter {
  /** The tensors that the optimiser moves; every other tensor of the model is frozen. */
  readonly trainable: readonly Parameter[];
  /** A linear layer for its input `[rows, in]`; the base's own when absent. */
  linear?(context: AdapterContext, layer: BaseLinear, x: Value): Value;
  readonly dropout?: Dropout;
  readonly virtualTokens?: VirtualTokens;
  /** The first values of a tensor that is not the base's; drawn as its `init` says where there are none. */
  initial?(parameter: Parameter, origin: Origin): Promise<Float32Array | null>;
  /** A model tensor with the training folded in; the base's own where nothing changed. */
  merge(parameter: Parameter, base: Float32Array, trained: (name: string) => Float32Array | undefined): Float32Array;
  /** The PEFT `adapter_config.json`, or null where the method has no adapter file. */
  peftConfig(baseName: string): Readonly<Record<string, unknown>> | null;
}

import type { ForwardContext } from '../nn/forward-context.ts';
import type { Rope } from '../nn/rope-table.ts';
import type { Value } from '../onnx/value.ts';

/** The sizes of a decoder, whatever its family calls them. */
export interface ModelConfig extends Rope {
  readonly modelType: string;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediate: number;
  readonly vocabulary: number;
  readonly context: number;
  readonly epsilon: number;
  readonly tieEmbeddings: boolean;
  /** Linear layers with a bias where the family leaves that to config.json, such as `self_attn.q_proj`. */
  readonly biases?: readonly string[];
}

/** One trainable or frozen tensor, under its name on the model hub. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: 'normal' | 'residual' | 'zeros' | 'ones' | 'kaimingUniform';
  readonly kind: 'embedding' | 'linear' | 'head' | 'norm' | 'bias';
  /** Stored `[in, out]`, as GPT-2's Conv1D has it; otherwise `[out, in]`. */
  readonly transposed?: true;
}

/** What a user writes under `spec.base.scratch`. */
export interface ScratchSizes {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads?: number | undefined;
  readonly intermediate?: number | undefined;
  readonly context: number;
  readonly tieEmbeddings?: boolean | undefined;
  readonly ropeTheta?: number | undefined;
}

export type HubConfig = Readonly<Record<string, unknown>>;

/** A decoder family: how its configuration reads, which tensors it has and how they act on tokens. */
export interface Family {
  readonly modelType: string;
  configFromHub(hub: HubConfig): ModelConfig;
  configToHub(config: ModelConfig, tokens: { readonly eos: number; readonly pad: number | null }): HubConfig;
  fromScratch(sizes: ScratchSizes, vocabulary: number): ModelConfig;
  parameters(config: ModelConfig): readonly Parameter[];
  /** Tokens and positions `[rows]` → hidden states `[rows, hidden]` after the final norm. */
  hidden(context: ForwardContext, config: ModelConfig, tokens: Value, positions: Value): Value;
  /** Name of the `[vocabulary, hidden]` tensor that turns hidden states into logits. */
  headWeight(config: ModelConfig): string;
}

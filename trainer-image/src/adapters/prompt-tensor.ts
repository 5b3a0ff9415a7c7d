import type { ModelConfig, Parameter } from '../models/family.ts';
import type { Adapter, VirtualTokens } from './adapter.ts';

/** How each kind of prompt that PEFT knows stands in its file. */
export const promptForms = {
  PROMPT_TUNING: 'embeddings',
  PREFIX_TUNING: 'keysAndValues',
} as const satisfies Record<string, VirtualTokens['form']>;
export type PromptType = keyof typeof promptForms;

/** The one tensor of a prompt; it belongs to no layer, and its name is the same for all kinds. */
export const promptTensor = 'prompt_embeddings';

/** Numbers of one virtual token. */
export function promptWidth(type: PromptType, { hidden, layers, kvHeads, headDim }: ModelConfig): number {
  return type === 'PROMPT_TUNING' ? hidden : 2 * layers * kvHeads * headDim;
}

/** What methods that train virtual tokens have in common: nothing can be folded into the base. */
export function promptAdapter(
  type: PromptType,
  count: number,
  config: ModelConfig,
  {
    initial,
    peftConfig,
  }: Required<Pick<Adapter, 'initial'>> & { readonly peftConfig: Readonly<Record<string, unknown>> },
): Adapter {
  const tensor: Parameter = {
    name: promptTensor,
    shape: [count, promptWidth(type, config)],
    init: 'normal',
    kind: 'embedding',
  };
  // Of keys and values there are as many as the model keeps, not as it has heads.
  const [heads, width] =
    type === 'PROMPT_TUNING' ? [config.heads, config.hidden] : [config.kvHeads, config.kvHeads * config.headDim];
  return {
    trainable: [tensor],
    virtualTokens: { count, tensor: promptTensor, form: promptForms[type] },
    initial,
    merge: (_parameter, base) => base,
    peftConfig: (baseName) => ({
      auto_mapping: null,
      base_model_name_or_path: baseName,
      inference_mode: true,
      modules_to_save: null,
      num_attention_heads: heads,
      num_layers: config.layers,
      num_transformer_submodules: 1,
      num_virtual_tokens: count,
      peft_type: type,
      revision: null,
      task_type: 'CAUSAL_LM',
      token_dim: width,
      ...peftConfig,
    }),
  };
}

/** As many tokens as asked for, of a text repeated or cut. */
export function fitted(tokens: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => tokens[i % tokens.length]!);
}

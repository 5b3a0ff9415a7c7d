import { rotaryDecoder } from './rotary-decoder.ts';

const attention = ['q_proj', 'k_proj', 'v_proj', 'o_proj'].map((name) => `self_attn.${name}`);
const mlp = ['gate_proj', 'up_proj', 'down_proj'].map((name) => `mlp.${name}`);

/** Llama (Touvron et al., 2023) and what is built like it: SmolLM2, TinyLlama, Llama 3 with its longer context. */
export const llama = rotaryDecoder({
  modelType: 'llama',
  architecture: 'LlamaForCausalLM',
  qkNorm: false,
  biases: [],
  biasesFromHub: (hub) => [
    ...(hub['attention_bias'] === true ? attention : []),
    ...(hub['mlp_bias'] === true ? mlp : []),
  ],
  biasesToHub: (biases) => ({
    attention_bias: biases.includes(attention[0]!),
    mlp_bias: biases.includes(mlp[0]!),
  }),
  known: { read: ['attention_bias', 'mlp_bias'], only: {} },
});

import { rotaryDecoder } from './rotary-decoder.ts';

const attention = ['q_proj', 'k_proj', 'v_proj', 'o_proj'].map((name) => `self_attn.${name}`);

/** Qwen3 (Yang et al., 2025), dense: Llama with normalised queries and keys and a head width of its own; no sliding window. */
export const qwen3 = rotaryDecoder({
  modelType: 'qwen3',
  architecture: 'Qwen3ForCausalLM',
  qkNorm: true,
  headDim: 128,
  biases: [],
  biasesFromHub: (hub) => (hub['attention_bias'] === true ? attention : []),
  biasesToHub: (biases) => ({ attention_bias: biases.length > 0, use_sliding_window: false }),
  // The sizes of windows say nothing while none is used.
  known: { read: ['attention_bias', 'sliding_window', 'max_window_layers'], only: { use_sliding_window: [false] } },
});

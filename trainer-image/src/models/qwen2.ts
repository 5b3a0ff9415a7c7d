import { rotaryDecoder } from './rotary-decoder.ts';

const biases = ['q_proj', 'k_proj', 'v_proj'].map((name) => `self_attn.${name}`);

/** Qwen2 and Qwen2.5 (Yang et al., 2024): Llama with biases of queries, keys and values; no sliding window. */
export const qwen2 = rotaryDecoder({
  modelType: 'qwen2',
  architecture: 'Qwen2ForCausalLM',
  qkNorm: false,
  biases,
  biasesFromHub: () => biases,
  biasesToHub: () => ({ use_sliding_window: false }),
  // The sizes of windows say nothing while none is used.
  known: { read: ['sliding_window', 'max_window_layers'], only: { use_sliding_window: [false] } },
});

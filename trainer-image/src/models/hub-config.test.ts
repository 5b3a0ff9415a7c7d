import { describe, expect, test } from 'vitest';
import { bert } from './bert.ts';
import { familyOf } from './index.ts';

const sizes = {
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 24,
  vocab_size: 37,
  max_position_embeddings: 32,
};
const gpt2 = { model_type: 'gpt2', n_embd: 16, n_layer: 2, n_head: 4, vocab_size: 37, n_positions: 32 };
const configOf = (hub: Record<string, unknown>) => familyOf(hub).configFromHub(hub);

describe('a config.json', () => {
  test('of SmolLM2, with what describes its file, is read', () => {
    const found = configOf({
      model_type: 'llama',
      ...sizes,
      _name_or_path: 'checkpoints',
      architectures: ['LlamaForCausalLM'],
      is_llama_config: true,
      rope_interleaved: false,
      rope_scaling: null,
      rope_theta: 100000,
      torch_dtype: 'bfloat16',
      'transformers.js_config': { kv_cache_dtype: { q4f16: 'float16' } },
      tie_word_embeddings: true,
    });
    expect(found).toMatchObject({ ropeTheta: 100000, tieEmbeddings: true, headDim: 4, kvHeads: 4, biases: [] });
  });

  test('of Llama 3.2 has its scaling, written in the older way', () => {
    const rope_scaling = {
      factor: 32,
      high_freq_factor: 4,
      low_freq_factor: 1,
      original_max_position_embeddings: 8192,
      rope_type: 'llama3',
    };
    expect(configOf({ model_type: 'llama', ...sizes, rope_theta: 500000, rope_scaling })).toMatchObject({
      ropeTheta: 500000,
      ropeScaling: { type: 'llama3', factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192 },
    });
  });

  test('of a Chinese GPT-2 with the tokenizer of BERT is read', () => {
    const found = configOf({
      ...gpt2,
      activation_function: 'gelu_new',
      gradient_checkpointing: false,
      n_ctx: 32,
      output_past: true,
      tokenizer_class: 'BertTokenizer',
      task_specific_params: { 'text-generation': { do_sample: true, max_length: 320 } },
    });
    expect(found).toMatchObject({ modelType: 'gpt2', hidden: 16, intermediate: 64, context: 32 });
  });

  const qwen2 = { model_type: 'qwen2', ...sizes, use_sliding_window: false, sliding_window: 32, max_window_layers: 2 };
  test('of Qwen2 with windows that are switched off is read', () => {
    expect(configOf(qwen2).biases).toEqual(['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj']);
  });

  test('of Qwen3 has heads of 128 where it says nothing', () => {
    expect(configOf({ model_type: 'qwen3', ...sizes }).headDim).toBe(128);
  });

  test.each([
    ['a sliding window', { ...qwen2, use_sliding_window: true }, /use_sliding_window is true, expected false/],
    ['layers with windows', { ...qwen2, layer_types: ['sliding_attention'] }, /names "sliding_attention"/],
    [
      'the window of Mistral',
      { model_type: 'llama', ...sizes, sliding_window: 4096 },
      /sliding_window is 4096, a key unknown/,
    ],
    [
      'another scaling',
      { model_type: 'llama', ...sizes, rope_scaling: { type: 'yarn', factor: 4 } },
      /rope scaling "yarn"/,
    ],
    ['a key of a scaling', { model_type: 'llama', ...sizes, rope_parameters: { mscale: 2 } }, /mscale of the rope/],
    ['half of a scaling', { model_type: 'llama', ...sizes, rope_scaling: { type: 'linear' } }, /factor is null/],
    [
      'another activation',
      { model_type: 'llama', ...sizes, hidden_act: 'gelu' },
      /hidden_act is "gelu", expected "silu"/,
    ],
    [
      'quantised weights',
      { model_type: 'llama', ...sizes, quantization_config: { bits: 4 } },
      /quantization_config is/,
    ],
    ['code of its own', { model_type: 'llama', ...sizes, auto_map: { AutoModel: 'x.Y' } }, /auto_map is/],
    ['unscaled attention', { ...gpt2, scale_attn_weights: false }, /scale_attn_weights is false, expected true/],
    ['scores by layer', { ...gpt2, scale_attn_by_inverse_layer_idx: true }, /scale_attn_by_inverse_layer_idx is true/],
    ['another family', { model_type: 'mamba' }, /model_type is mamba, expected one of gpt2, llama, qwen2, qwen3/],
  ])('with %s is refused with what was found', (_, hub, message) => {
    expect(() => configOf(hub)).toThrow(message);
  });

  test('of an encoder that writes is refused', () => {
    const hub = { ...sizes, type_vocab_size: 2, layer_norm_eps: 1e-12, is_decoder: true };
    expect(() => bert.configFromHub(hub)).toThrow('is_decoder is true, expected false for bert');
  });
});

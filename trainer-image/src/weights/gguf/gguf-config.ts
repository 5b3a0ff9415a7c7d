import { TrainerError } from '../../errors.ts';
import { scaledFrequency } from '../../nn/rope-table.ts';
import type { JsonObject } from '../json-file.ts';
import type { GgufHeader } from './gguf-header.ts';
import type { GgufMetadata } from './gguf-metadata.ts';

/** Keys below the architecture's name that are read here, or say nothing about how the network computes. */
const known = new Set([
  'block_count',
  'context_length',
  'embedding_length',
  'feed_forward_length',
  'vocab_size',
  'attention.head_count',
  'attention.head_count_kv',
  'attention.key_length',
  'attention.value_length',
  'attention.layer_norm_rms_epsilon',
  'rope.dimension_count',
  'rope.freq_base',
  'rope.scaling.type',
  'rope.scaling.factor',
  'rope.scaling.original_context_length',
]);
const architectures = ['llama', 'qwen2', 'qwen3'];

/**
 * The config.json that the metadata of a GGUF file mean. Fails with ModelIncompatible for other families, and where
 * something is asked for that no family here heeds.
 */
export function configOfGguf(
  meta: GgufMetadata,
  { tensors }: GgufHeader,
  ropeFactors: Float32Array | null,
  path: string,
): JsonObject {
  const architecture = meta.text('general.architecture');
  if (!architectures.includes(architecture))
    throw incompatible(path, `general.architecture is ${architecture}, expected one of ${architectures.join(', ')}`);
  const key = (name: string): string => `${architecture}.${name}`;
  // Mixtures of no experts and windows of no length are written by some converters.
  const stray = meta.keysBelow(`${architecture}.`).find((name) => !known.has(name) && meta.number(key(name), 0) !== 0);
  if (stray !== undefined) throw incompatible(path, `${key(stray)} is not heeded by any family here`);
  const [hidden, heads] = [meta.number(key('embedding_length')), meta.number(key('attention.head_count'))];
  const headDim = meta.number(key('attention.key_length'), hidden / heads)!;
  for (const name of ['attention.value_length', 'rope.dimension_count'])
    if (meta.number(key(name), headDim) !== headDim)
      throw incompatible(path, `${key(name)} is ${meta.number(key(name))}, expected the ${headDim} of a head`);
  const embedding = tensors.get('token_embd.weight');
  if (!embedding) throw incompatible(path, 'it has no tensor token_embd.weight');
  const context = meta.number(key('context_length'));
  return {
    model_type: architecture,
    hidden_size: hidden,
    num_hidden_layers: meta.number(key('block_count')),
    num_attention_heads: heads,
    num_key_value_heads: meta.number(key('attention.head_count_kv'), heads),
    head_dim: headDim,
    intermediate_size: meta.number(key('feed_forward_length')),
    vocab_size: embedding.shape[0],
    max_position_embeddings: context,
    // Stored in 32 bits, where 1e-5 is not quite 1e-5.
    rms_norm_eps: Number(meta.number(key('attention.layer_norm_rms_epsilon')).toPrecision(6)),
    tie_word_embeddings: !tensors.has('output.weight'),
    attention_bias: architecture !== 'qwen2' && tensors.has('blk.0.attn_output.bias'),
    mlp_bias: tensors.has('blk.0.ffn_gate.bias'),
    rope_parameters: {
      rope_theta: meta.number(key('rope.freq_base'), 10_000),
      ...(ropeFactors
        ? llama3Scaling(ropeFactors, meta.number(key('rope.freq_base'), 10_000)!, headDim, path)
        : scaling(meta, key, path)),
    },
    hidden_act: 'silu',
  };
}

function scaling(meta: GgufMetadata, key: (name: string) => string, path: string): JsonObject {
  const type = meta.optionalText(key('rope.scaling.type')) ?? 'none';
  if (type === 'none') return { rope_type: 'default' };
  if (type !== 'linear') throw incompatible(path, `${key('rope.scaling.type')} is ${type}, expected none or linear`);
  return { rope_type: 'linear', factor: meta.number(key('rope.scaling.factor')) };
}

/**
 * Llama 3's scaling is written as the number by which each frequency is divided. Its published models have the same ramp over
 * a context of 8192 and differ in the largest factor; other numbers are refused.
 */
function llama3Scaling(factors: Float32Array, theta: number, headDim: number, path: string): JsonObject {
  const scaling = { factor: Math.max(...factors), low_freq_factor: 1, high_freq_factor: 4 };
  const original_max_position_embeddings = 8192;
  const ramp = {
    type: 'llama3',
    factor: scaling.factor,
    lowFrequencyFactor: scaling.low_freq_factor,
    highFrequencyFactor: scaling.high_freq_factor,
    originalContext: original_max_position_embeddings,
  } as const;
  const other = factors.findIndex((factor, i) => {
    const frequency = theta ** ((-2 * i) / headDim);
    return Math.abs((factor * scaledFrequency(frequency, ramp)) / frequency - 1) > 1e-3;
  });
  if (other >= 0) throw incompatible(path, `rope_freqs.weight is not Llama 3's scaling, at frequency ${other}`);
  return { rope_type: 'llama3', ...scaling, original_max_position_embeddings };
}

const incompatible = (path: string, found: string): TrainerError =>
  new TrainerError('ModelIncompatible', `${path}: ${found}; choose another file.`);

const tensorNames: readonly (readonly [RegExp, string])[] = [
  [/^token_embd\./, 'model.embed_tokens.'],
  [/^output_norm\./, 'model.norm.'],
  [/^output\./, 'lm_head.'],
  [/^blk\.(\d+)\.attn_norm\./, 'model.layers.$1.input_layernorm.'],
  [/^blk\.(\d+)\.ffn_norm\./, 'model.layers.$1.post_attention_layernorm.'],
  [/^blk\.(\d+)\.attn_([qkv])\./, 'model.layers.$1.self_attn.$2_proj.'],
  [/^blk\.(\d+)\.attn_output\./, 'model.layers.$1.self_attn.o_proj.'],
  [/^blk\.(\d+)\.attn_([qk])_norm\./, 'model.layers.$1.self_attn.$2_norm.'],
  [/^blk\.(\d+)\.ffn_(gate|up|down)\./, 'model.layers.$1.mlp.$2_proj.'],
];

/** The name on the model hub of a tensor of a GGUF file; another name stays, and is refused where a model is loaded. */
export function hubTensorName(name: string): string {
  const found = tensorNames.find(([pattern]) => pattern.test(name));
  return found ? name.replace(...found) : name;
}

/**
 * Rows of queries and keys in the order of the model hub: llama.cpp turns neighbours where transformers turns the two halves
 * of a head, so that row 2j + i of a head is row i · headDim / 2 + j there.
 */
export function restoreRows(data: Float32Array<ArrayBuffer>, rows: number, headDim: number): Float32Array<ArrayBuffer> {
  const width = data.length / rows;
  const restored = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const within = row % headDim;
    const target = row - within + (within % 2) * (headDim / 2) + (within >> 1);
    restored.set(data.subarray(row * width, (row + 1) * width), target * width);
  }
  return restored;
}

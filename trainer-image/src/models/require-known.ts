import { TrainerError } from '../errors.ts';
import type { HubConfig } from './family.ts';

/** The keys of a config.json that a family understands. */
export interface KnownKeys {
  /** Read, whatever they say. */
  readonly read: readonly string[];
  /** Understood only where they say one of these. */
  readonly only: Readonly<Record<string, readonly unknown[]>>;
}

/** Keys that describe the file, its training or the way answers are drawn, never how the network computes. */
const harmless = new Set(
  `architectures model_type name_or_path transformers_version transformers.js_config torch_dtype dtype torchscript use_cache
  initializer_range attention_dropout hidden_dropout attn_pdrop embd_pdrop resid_pdrop summary_activation summary_first_dropout
  summary_proj_to_labels summary_type summary_use_proj bos_token_id eos_token_id pad_token_id sep_token_id unk_token_id
  cls_token_id mask_token_id decoder_start_token_id tokenizer_class task_specific_params finetuning_task id2label label2id
  problem_type pretraining_tp gradient_checkpointing output_past is_llama_config unsloth_fixed unsloth_version
  is_encoder_decoder is_decoder chunk_size_feed_forward return_dict return_dict_in_generate output_attentions
  output_hidden_states output_scores do_sample early_stopping max_length max_new_tokens min_length num_beams num_beam_groups
  num_return_sequences temperature top_k top_p typical_p repetition_penalty length_penalty diversity_penalty
  no_repeat_ngram_size encoder_no_repeat_ngram_size remove_invalid_values tie_encoder_decoder pruned_heads`.split(
    /\s+/,
  ),
);

/**
 * Fails with ModelIncompatible when a config.json says something that this family would not heed: a model that computes
 * in another way would load without a word and answer nonsense.
 */
export function requireKnown(hub: HubConfig, family: string, { read, only }: KnownKeys): void {
  for (const [key, value] of Object.entries(hub)) {
    const allowed = Object.hasOwn(only, key) ? only[key]! : [];
    if (allowed.length === 0 && (read.includes(key) || harmless.has(key) || key.startsWith('_'))) continue;
    // An unknown thing that is switched off asks for nothing.
    if (value === null || allowed.includes(value) || (value === false && allowed.length === 0)) continue;
    const expected =
      allowed.length > 0
        ? `expected ${allowed.map((each) => JSON.stringify(each)).join(' or ')}`
        : 'a key unknown here';
    throw new TrainerError(
      'ModelIncompatible',
      `config.json: ${key} is ${shortened(value)}, ${expected} for ${family}; the model would compute otherwise than it was trained to, so choose another base.`,
    );
  }
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

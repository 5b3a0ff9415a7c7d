import { tokenEmbedding } from '../models/token-embedding.ts';
import type { AdaptedModel, Adapter, Origin } from './adapter.ts';
import { fitted, promptAdapter } from './prompt-tensor.ts';

export interface SoftPromptOptions {
  readonly tokens: number;
  readonly init: 'Random' | 'Vocabulary' | 'Text';
  readonly text?: string | undefined;
}

/**
 * Prompt tuning (Lester et al., 2021): vectors in place of the embeddings of `tokens` tokens before every document. They
 * start from the embeddings of a text, of tokens drawn from the vocabulary, or at random, as far apart as embeddings are.
 */
export function softPrompt({ tokens, init, text }: SoftPromptOptions, { family, config }: AdaptedModel): Adapter {
  const { hidden, vocabulary } = config;
  const drawn = ({ random }: Origin): number[] =>
    Array.from({ length: tokens }, () => Math.floor(random.uniform() * vocabulary));
  const start = async (origin: Origin): Promise<Float32Array> => {
    const table = await origin.tensor(tokenEmbedding(family, config));
    if (init === 'Random') {
      const deviation = Math.sqrt(table.reduce((sum, value) => sum + value * value, 0) / table.length);
      return Float32Array.from({ length: tokens * hidden }, () => deviation * origin.random.normal());
    }
    const ids = init === 'Text' ? fitted(origin.encode(text!), tokens) : drawn(origin);
    const rows = new Float32Array(tokens * hidden);
    ids.forEach((id, i) => rows.set(table.subarray(id * hidden, (id + 1) * hidden), i * hidden));
    return rows;
  };
  return promptAdapter('PROMPT_TUNING', tokens, config, {
    initial: (_parameter, origin) => start(origin),
    // Of a text PEFT would ask for the tokenizer that it was written with; the vectors are there.
    peftConfig: { prompt_tuning_init: 'RANDOM', prompt_tuning_init_text: null, tokenizer_name_or_path: null },
  });
}

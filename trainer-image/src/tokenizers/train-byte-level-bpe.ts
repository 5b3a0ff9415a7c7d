import { TrainerError } from '../errors.ts';
import { bpeModel, byteLevelDecoder } from './bpe-model.ts';
import { byteCharacters, spellBytes } from './byte-alphabet.ts';
import { learnMerges } from './learn-merges.ts';
import type { TokenizerFiles } from './load-tokenizer.ts';
import { splitPreTokenizer, splitText } from './split-pattern.ts';

export interface BpeOptions {
  /** Tokens in all: specials, 256 bytes and what is learned; fewer when the texts are too few. */
  readonly vocabularySize: number;
  /** The first one ends texts, the last one pads. */
  readonly specials?: readonly string[];
  /** A pair that occurs less often is not merged. */
  readonly minFrequency?: number;
}

/** Trains a byte-level BPE tokenizer that can write any text; the same texts always give the same files. */
export function trainByteLevelBpe(texts: Iterable<string>, options: BpeOptions): TokenizerFiles {
  const { vocabularySize, specials = ['<|endoftext|>', '<|pad|>'], minFrequency = 2 } = options;
  const smallest = specials.length + byteCharacters.length;
  if (vocabularySize < smallest)
    throw new TrainerError(
      'InvalidSpec',
      `A vocabulary of ${vocabularySize} is too small: ${byteCharacters.length} bytes and ${specials.length} special tokens need ${smallest}.`,
    );

  const vocabulary = [...specials, ...[...byteCharacters].sort()];
  const merges = learnMerges(vocabulary, countWords(texts, vocabulary), { size: vocabularySize, minFrequency });

  const eos = specials[0] ?? null;
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: specials.map((content, id) => ({
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: null,
      pre_tokenizer: splitPreTokenizer,
      post_processor: null,
      decoder: byteLevelDecoder,
      model: bpeModel({
        vocab: Object.fromEntries(vocabulary.map((text, id) => [text, id])),
        merges: merges.map(({ left, right }) => [vocabulary[left]!, vocabulary[right]!]),
      }),
    },
    config: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
      extra_special_tokens: {},
      bos_token: eos,
      eos_token: eos,
      pad_token: specials.at(-1) ?? null,
    },
    specialTokensMap: { bos_token: eos, eos_token: eos, pad_token: specials.at(-1) ?? null },
    chatTemplate: null,
  };
}

function countWords(texts: Iterable<string>, vocabulary: readonly string[]) {
  const counts = new Map<string, number>();
  for (const text of texts) for (const piece of splitText(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  const idOf = new Map(vocabulary.map((text, id) => [text, id]));
  return [...counts].map(([piece, count]) => ({
    symbols: Array.from(spellBytes(piece), (character) => idOf.get(character)!),
    count,
  }));
}

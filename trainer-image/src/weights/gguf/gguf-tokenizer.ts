import { TrainerError } from '../../errors.ts';
import { bpeModel, byteLevelDecoder } from '../../tokenizers/bpe-model.ts';
import type { TokenizerFiles } from '../../tokenizers/load-tokenizer.ts';
import type { GgufHeader } from './gguf-header.ts';
import type { GgufMetadata } from './gguf-metadata.ts';
import { pieceModel } from './piece-model.ts';
import { preTokenizers } from './pre-tokenizers.ts';

// What a token is, as llama.cpp numbers it.
const [unknown, control, userDefined] = [2, 3, 4];

/** The tokenizer of a GGUF file as the files of the model hub. Fails with ModelIncompatible when it is of a kind not known here. */
export function tokenizerOfGguf(meta: GgufMetadata, { metadata }: GgufHeader, path: string): TokenizerFiles {
  const model = meta.text('tokenizer.ggml.model');
  const tokens = meta.texts('tokenizer.ggml.tokens');
  const types = metadata.get('tokenizer.ggml.token_type');
  const typeOf = (id: number): unknown => (Array.isArray(types) ? types[id] : undefined);
  const named = (role: string): string | null => {
    const id = meta.number(`tokenizer.ggml.${role}_token_id`, undefined);
    return id === undefined ? null : (tokens[id] ?? null);
  };
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const bos = named('bos');
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    bos_token: bos,
    eos_token: named('eos'),
    pad_token: named('padding'),
    chat_template: meta.optionalText('tokenizer.chat_template'),
  };
  const added = tokens.flatMap((content, id) => {
    const type = typeOf(id);
    const special = type === control || type === unknown;
    if (!special && type !== userDefined) return [];
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });
  const begins = metadata.get('tokenizer.ggml.add_bos_token') ?? model === 'llama';
  return {
    config,
    specialTokensMap: null,
    chatTemplate: config.chat_template,
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      post_processor:
        begins === true && bos !== null
          ? {
              type: 'TemplateProcessing',
              single: [{ SpecialToken: { id: bos, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
              pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
              special_tokens: { [bos]: { id: bos, ids: [vocab[bos]], tokens: [bos] } },
            }
          : null,
      ...(model === 'gpt2'
        ? byteLevel(meta, vocab, path)
        : model === 'llama'
          ? pieceModel(tokens, scoresOf(metadata.get('tokenizer.ggml.scores'), tokens.length, path), {
              unknown: named('unknown'),
              spaceFirst: metadata.get('tokenizer.ggml.add_space_prefix') !== false,
              isPiece: (id) => typeOf(id) === 1 || typeOf(id) === undefined,
            })
          : refuse(path, `tokenizer.ggml.model is ${model}, expected gpt2 or llama`)),
    },
  };
}

function byteLevel(meta: GgufMetadata, vocab: Readonly<Record<string, number>>, path: string) {
  const name = meta.optionalText('tokenizer.ggml.pre') ?? 'gpt-2';
  const kind = preTokenizers.get(name);
  if (!kind)
    return refuse(path, `tokenizer.ggml.pre is ${name}, expected one of ${[...preTokenizers.keys()].join(', ')}`);
  return {
    normalizer: kind.normalizer,
    pre_tokenizer: kind.preTokenizer,
    decoder: byteLevelDecoder,
    model: bpeModel({
      vocab,
      merges: meta.texts('tokenizer.ggml.merges').map((merge) => merge.split(' ')),
      ignoreMerges: kind.wholePiecesFirst,
    }),
  };
}

function scoresOf(found: unknown, length: number, path: string): readonly number[] {
  if (Array.isArray(found) && found.length === length && found.every((score) => typeof score === 'number'))
    return found;
  return refuse(path, `tokenizer.ggml.scores is not a list of ${length} numbers`);
}

function refuse(path: string, found: string): never {
  throw new TrainerError('ModelIncompatible', `${path}: ${found}; take the model as a folder with tokenizer.json.`);
}

import { TrainerError } from '../errors.ts';
import { textOf, type NamedToken, type TokenizerConfig, type TokenizerJson } from './tokenizer.ts';

const marks = { unk_token: '[UNK]', sep_token: '[SEP]', pad_token: '[PAD]', cls_token: '[CLS]', mask_token: '[MASK]' };
type Mark = keyof typeof marks;

/**
 * The tokenizer.json that a vocab.txt of BERT means (Devlin et al., 2019), one token a line; tokenizer_config.json says whether
 * letters become small. Fails with ModelIncompatible when the marks that every such vocabulary has are not in it.
 */
export function wordPieceFromVocabulary(text: string, config: TokenizerConfig): TokenizerJson {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  // The last of equal lines counts, as with the original.
  const vocab = Object.fromEntries(lines.map((line, id) => [line, id]));
  const named = (mark: Mark): string => textOf(config[mark] as NamedToken | undefined) ?? marks[mark];
  const idOf = (mark: Mark): number => {
    const id = Object.hasOwn(vocab, named(mark)) ? vocab[named(mark)] : undefined;
    if (id !== undefined) return id;
    throw new TrainerError(
      'ModelIncompatible',
      `vocab.txt has no line ${named(mark)}, expected a vocabulary of BERT with one token a line; save the model with tokenizer.json.`,
    );
  };
  const special = (mark: Mark) => ({ id: named(mark), ids: [idOf(mark)], tokens: [named(mark)] });
  const lowercase = config['do_lower_case'] !== false;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: (Object.keys(marks) as Mark[])
      .filter((mark) => mark !== 'mask_token' || Object.hasOwn(vocab, named(mark)))
      .map((mark) => ({
        id: idOf(mark),
        content: named(mark),
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      }))
      .toSorted((a, b) => a.id - b.id),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config['tokenize_chinese_chars'] !== false,
      strip_accents: config['strip_accents'] ?? null,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        part('SpecialToken', named('cls_token')),
        part('Sequence', 'A'),
        part('SpecialToken', named('sep_token')),
      ],
      pair: [
        part('SpecialToken', named('cls_token')),
        part('Sequence', 'A'),
        part('SpecialToken', named('sep_token')),
        part('Sequence', 'B', 1),
        part('SpecialToken', named('sep_token'), 1),
      ],
      special_tokens: { [named('cls_token')]: special('cls_token'), [named('sep_token')]: special('sep_token') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: named('unk_token'),
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

const part = (kind: 'SpecialToken' | 'Sequence', id: string, type_id = 0) => ({ [kind]: { id, type_id } });

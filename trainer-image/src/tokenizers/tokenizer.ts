import { Tokenizer as Pipeline } from '@huggingface/tokenizers';
import { TrainerError } from '../errors.ts';
import { bytesOfToken } from './byte-alphabet.ts';
import { rememberPieces } from './remember-pieces.ts';
import { splitPreTokenizer } from './split-pattern.ts';

/** Text to token ids and back; the same object serves training, evaluation and chat, so that they cannot differ. */
export interface Tokenizer {
  /** One more than the largest id. */
  readonly vocabularySize: number;
  /** Ends a document or an answer. */
  readonly eos: number;
  readonly bos: number | null;
  readonly pad: number | null;
  /** The id that stands before every document and every prompt, in training as in chat. */
  readonly documentStart: number;
  /** A Jinja template, or null when the model has none. */
  readonly chatTemplate: string | null;
  /** The written forms that a chat template asks for: bos_token, eos_token, pad_token, as far as there are any. */
  readonly templateSpecials: Readonly<Record<string, string>>;
  /** Ids of a text in which the written form of a special token means that token: for rendered chat templates. */
  encode(text: string): number[];
  /** Ids of a text in which nothing is special: for what users and data sets wrote. */
  encodeText(text: string): number[];
  /** The text of ids; special tokens are left out. */
  decode(ids: Iterable<number>): string;
  /** UTF-8 bytes of one token, perhaps a part of a character; empty for special tokens and unknown ids. */
  tokenBytes(id: number): Uint8Array;
  /** The id of a special token by its written form. */
  special(text: string): number | null;
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
}

/** What this code reads of a Hugging Face tokenizer.json; the rest is kept as it is. */
export interface TokenizerJson {
  readonly added_tokens?: readonly AddedToken[] | null;
  readonly model: { readonly type?: string; readonly [key: string]: unknown };
  readonly decoder?: unknown;
  readonly post_processor?: unknown;
  readonly [key: string]: unknown;
}

export type NamedToken = string | { readonly content: string } | null;

/** What this code reads of a tokenizer_config.json. */
export interface TokenizerConfig {
  readonly eos_token?: NamedToken;
  readonly bos_token?: NamedToken;
  readonly pad_token?: NamedToken;
  readonly cls_token?: NamedToken;
  readonly sep_token?: NamedToken;
  readonly chat_template?: string | readonly { readonly name: string; readonly template: string }[] | null;
  readonly [key: string]: unknown;
}

/** Builds a tokenizer from the two JSON files of a Hugging Face folder; fails with ModelIncompatible when they do not fit. */
export function tokenizerFromJson(json: TokenizerJson, config: TokenizerConfig = {}): Tokenizer {
  const added = json.added_tokens ?? [];
  const specials = new Map(added.filter((token) => token.special).map((token) => [token.content, token.id]));
  const specialIds = new Set(specials.values());
  const pipeline = createPipeline(json, config);
  // The same pipeline without the special tokens: a user who types one gets its letters.
  const plain = createPipeline({ ...json, added_tokens: added.filter((token) => !token.special) }, config);

  const encodePlain = (text: string): number[] => plain.encode(text, { add_special_tokens: false }).ids;

  const vocabularySize = largestId(json) + 1;
  const idOf = (name: NamedToken | undefined): number | null => {
    const text = textOf(name);
    return text === null ? null : (pipeline.token_to_id(text) ?? null);
  };
  // A GPT with the vocabulary of BERT begins and ends its texts with the marks of that.
  const bos = idOf(config.bos_token) ?? idOf(config.cls_token) ?? specials.get('[CLS]') ?? null;
  const eos =
    idOf(config.eos_token) ??
    idOf(config.sep_token) ??
    ['<|endoftext|>', '</s>', '[SEP]'].map((mark) => specials.get(mark)).find((id) => id !== undefined);
  if (eos === undefined)
    throw new TrainerError(
      'ModelIncompatible',
      'The tokenizer names no end-of-text token: tokenizer_config.json needs eos_token, and tokenizer.json must contain it.',
    );

  const byteLevel = JSON.stringify(json.decoder ?? null).includes('"ByteLevel"');
  const spelling = byteLevel ? 'byteLevel' : json.model.type === 'WordPiece' ? 'wordPiece' : 'metaspace';
  const addedIds = new Set(added.map((token) => token.id));
  const bytes: (Uint8Array | undefined)[] = [];
  const tokenBytes = (id: number): Uint8Array =>
    (bytes[id] ??= specialIds.has(id)
      ? new Uint8Array(0)
      : bytesOfToken(pipeline.id_to_token(id) ?? '', addedIds.has(id) ? 'plain' : spelling));

  return {
    vocabularySize,
    eos,
    bos,
    pad: idOf(config.pad_token) ?? specials.get('[PAD]') ?? null,
    documentStart: documentStartOf(json, bos, specials) ?? eos,
    chatTemplate: chatTemplateOf(config),
    templateSpecials: Object.fromEntries(
      (['bos_token', 'eos_token', 'pad_token'] as const).flatMap((name) => {
        const text = textOf(config[name]);
        return text === null ? [] : [[name, text]];
      }),
    ),
    encode: (text) => pipeline.encode(text, { add_special_tokens: false }).ids,
    encodeText: encodesByPiece(json) ? rememberPieces(encodePlain) : encodePlain,
    decode(ids) {
      const parts = [...ids].map(tokenBytes);
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(parts));
      return byteLevel ? text : text.replace(/^ /, '');
    },
    tokenBytes,
    special: (text) => specials.get(text) ?? null,
  };
}

/** The largest id of a tokenizer.json; ids need not be without gaps. */
export function largestId({ model, added_tokens: added }: TokenizerJson): number {
  const { vocab } = model;
  const listed = Array.isArray(vocab) ? vocab.length - 1 : -1;
  const named = listed >= 0 ? [] : Object.values((vocab ?? {}) as Record<string, number>);
  return [...named, ...(added ?? []).map(({ id }) => id)].reduce((most, id) => Math.max(most, id), listed);
}

/** A special token as tokenizer_config.json names it: its text, or an object with it. */
export const textOf = (name: NamedToken | undefined): string | null =>
  typeof name === 'string' ? name : (name?.content ?? null);

function createPipeline(json: TokenizerJson, config: TokenizerConfig): Pipeline {
  const { type } = json.model;
  if (type !== undefined && type !== 'BPE' && type !== 'Unigram' && type !== 'WordPiece')
    throw new TrainerError(
      'ModelIncompatible',
      `The tokenizer is of type ${type}, expected BPE, Unigram or WordPiece; choose a base with one of these.`,
    );
  try {
    const whole = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
    return new Pipeline({ ...whole, ...json }, config);
  } catch (error) {
    throw new TrainerError('ModelIncompatible', `tokenizer.json cannot be used: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

/** Whether a text's ids are those of its pieces, one after the other: so with the tokenizers that are trained here. */
const encodesByPiece = (json: TokenizerJson): boolean =>
  JSON.stringify(json['pre_tokenizer']) === JSON.stringify(splitPreTokenizer) &&
  json['normalizer'] === null &&
  (json.added_tokens ?? []).every((token) => token.special);

/** A model that always saw its bos first keeps it; others separate documents by <|endoftext|>. */
function documentStartOf(json: TokenizerJson, bos: number | null, specials: ReadonlyMap<string, number>) {
  const addsBos = JSON.stringify(json.post_processor ?? null).includes('"SpecialToken"');
  return addsBos && bos !== null ? bos : (specials.get('<|endoftext|>') ?? bos);
}

function chatTemplateOf({ chat_template: template }: TokenizerConfig): string | null {
  if (template === undefined || template === null) return null;
  if (typeof template === 'string') return template;
  return template.find(({ name }) => name === 'default')?.template ?? null;
}

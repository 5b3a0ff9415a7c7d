/** How a text is cut before merges, by the name that llama.cpp gives it. */
export interface PreTokenizer {
  readonly normalizer: { readonly type: string } | null;
  readonly preTokenizer: { readonly type: string; readonly [key: string]: unknown };
  /** A piece that is a token is taken whole, whatever its merges. */
  readonly wholePiecesFirst: boolean;
}

const byteLevel = (use_regex: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex,
});

const plain = (preTokenizer: PreTokenizer['preTokenizer']): PreTokenizer => ({
  normalizer: null,
  preTokenizer,
  wholePiecesFirst: false,
});

/** Contractions, words with a sign before them, digits by so many, signs with line ends, line ends, spaces. */
const split = (digits: string): PreTokenizer['preTokenizer'] => ({
  type: 'Sequence',
  pretokenizers: [
    {
      type: 'Split',
      pattern: {
        Regex: [
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)",
          String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`,
          digits,
          String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*`,
          String.raw`\s*[\r\n]+`,
          String.raw`\s+(?!\S)`,
          String.raw`\s+`,
        ].join('|'),
      },
      behavior: 'Isolated',
      invert: false,
    },
    byteLevel(false),
  ],
});

const gpt2 = plain(byteLevel(true));
const smollm = plain({
  type: 'Sequence',
  pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel(true)],
});
const llama3: PreTokenizer = { ...plain(split(String.raw`\p{N}{1,3}`)), wholePiecesFirst: true };
const qwen2: PreTokenizer = { ...plain(split(String.raw`\p{N}`)), normalizer: { type: 'NFC' } };

export const preTokenizers: ReadonlyMap<string, PreTokenizer> = new Map([
  ['gpt-2', gpt2],
  ['smollm', smollm],
  ['llama-bpe', llama3],
  ['llama3', llama3],
  ['llama-v3', llama3],
  ['qwen2', qwen2],
]);

/** What one BPE model says otherwise than another. */
export interface BpeModelParts {
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly (readonly string[])[];
  /** The token of what has none; null where every byte has one. */
  readonly unknown?: string | null;
  /** Whether what has no token is spelled in bytes, such as <0x0A>. */
  readonly byteFallback?: boolean;
  /** Whether a whole piece that is a token is taken without merging. */
  readonly ignoreMerges?: boolean;
}

/** The model of a tokenizer.json that merges pairs of pieces. */
export function bpeModel({ vocab, merges, unknown = null, byteFallback = false, ignoreMerges = false }: BpeModelParts) {
  return {
    type: 'BPE',
    dropout: null,
    unk_token: unknown,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: byteFallback,
    byte_fallback: byteFallback,
    ignore_merges: ignoreMerges,
    vocab,
    merges,
  };
}

/** The decoder of tokens that are spelled in the characters of bytes. */
export const byteLevelDecoder = {
  type: 'ByteLevel',
  add_prefix_space: true,
  trim_offsets: true,
  use_regex: true,
} as const;

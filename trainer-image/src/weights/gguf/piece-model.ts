import { bpeModel } from '../../tokenizers/bpe-model.ts';

export interface PieceOptions {
  readonly unknown: string | null;
  /** A text begins as if a space stood before it. */
  readonly spaceFirst: boolean;
  /** Whether the token is a piece of text, not a byte or a mark. */
  readonly isPiece: (id: number) => boolean;
}

/**
 * The parts of a tokenizer.json for a vocabulary of SentencePiece: it has a score for each piece in place of merges, and the
 * piece of the highest score is put together first. Spaces are ▁, and what has no piece is spelled in bytes.
 */
export function pieceModel(tokens: readonly string[], scores: readonly number[], options: PieceOptions) {
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const spaces = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: [...(options.spaceFirst ? [{ type: 'Prepend', prepend: '▁' }] : []), spaces],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: bpeModel({
      vocab,
      merges: mergesByScore(tokens, scores, options.isPiece),
      unknown: options.unknown,
      byteFallback: true,
    }),
  };
}

/** Every way to put a piece together from two, the pieces of the highest score first. */
function mergesByScore(
  tokens: readonly string[],
  scores: readonly number[],
  isPiece: (id: number) => boolean,
): [string, string][] {
  const idOf = new Map(tokens.flatMap((token, id) => (isPiece(id) ? [[token, id] as const] : [])));
  const merges: { readonly pair: [string, string]; readonly score: number }[] = [];
  for (const [piece, id] of idOf) {
    const characters = Array.from(piece);
    for (let cut = 1; cut < characters.length; cut++) {
      const pair: [string, string] = [characters.slice(0, cut).join(''), characters.slice(cut).join('')];
      if (idOf.has(pair[0]) && idOf.has(pair[1])) merges.push({ pair, score: scores[id]! });
    }
  }
  // The sort keeps the order of equal scores.
  return merges.sort((a, b) => b.score - a.score).map(({ pair }) => pair);
}

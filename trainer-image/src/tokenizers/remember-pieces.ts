import { splitText } from './split-pattern.ts';

/** Enough for the words of a language; about 10 MB. */
const mostPieces = 65_536;

/** Encodes a text piece by piece and remembers the ids of each piece: a data set says the same words over and over. */
export function rememberPieces(encode: (piece: string) => readonly number[]): (text: string) => number[] {
  const known = new Map<string, readonly number[]>();
  return (text) => {
    const ids: number[] = [];
    for (const piece of splitText(text)) {
      let encoded = known.get(piece);
      if (encoded === undefined) {
        encoded = encode(piece);
        if (known.size >= mostPieces) known.clear();
        if (piece.length <= 64) known.set(piece, encoded);
      }
      for (const id of encoded) ids.push(id);
    }
    return ids;
  };
}

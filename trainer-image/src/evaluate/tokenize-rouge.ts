import { stem as stemWord } from './stemmer.ts';
import { splitCharacters } from './words.ts';

/** Lower-case words of ASCII letters and digits, as rouge_score 0.1.2 splits them; every other script vanishes. */
export function tokenizeRouge(text: string, options: { readonly stem: boolean }): string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => (options.stem && word.length > 3 ? stemWord(word) : word));
}

/** Lower-case characters, punctuation included: the `zh-char` reading of ROUGE for texts without spaces. */
export function tokenizeRougeCharacters(text: string): string[] {
  return splitCharacters(text.toLowerCase());
}

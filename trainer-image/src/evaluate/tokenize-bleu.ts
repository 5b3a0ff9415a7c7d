import { splitCharacters, splitWords, trim } from './words.ts';

/** The names sacrebleu gives its tokenizers. */
export const bleuTokenizers = {
  '13a': tokenize13a,
  zh: tokenizeZh,
  char: splitCharacters,
  intl: tokenizeIntl,
  none: splitWords,
};

export type BleuTokenizer = keyof typeof bleuTokenizers;

/** Splits ASCII punctuation off words, but not from inside numbers: the last step of mteval-v13a. */
function splitAsciiPunctuation(text: string): string[] {
  return splitWords(
    text
      .replace(/[{-~[-` -&(-+:-@/]/g, ' $& ')
      .replace(/([^0-9])([.,])/gu, '$1 $2 ')
      .replace(/([.,])([^0-9])/gu, ' $1 $2')
      .replace(/([0-9])(-)/g, '$1 $2 '),
  );
}

const entities: readonly (readonly [string, string])[] = [
  ['&quot;', '"'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
];

/** Words as the WMT scorer mteval-v13a splits them. */
function tokenize13a(text: string): string[] {
  const joined = text.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  const plain = entities.reduce((line, [entity, character]) => line.replaceAll(entity, character), joined);
  return splitAsciiPunctuation(` ${plain} `);
}

/**
 * What sacrebleu 2.6.0 takes for a Chinese character. Its table has five-digit code points in four-digit escapes, so it
 * compares with U+2001–2A6D (dashes, curly quotes, arrows, circled digits) and nothing beyond U+FFFF. Kept, because a
 * score is worth having only when it equals the published ones.
 */
const chinese =
  /[\u2001-\u2a6d\u2e80-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31ef\u3200-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/gu;

/** Single Chinese characters, and words of other scripts as in `13a`. */
function tokenizeZh(text: string): string[] {
  return splitAsciiPunctuation(trim(text).replace(chinese, ' $& '));
}

/** Words split from every Unicode punctuation mark that is not inside a number, and from every symbol: mteval-v14. */
function tokenizeIntl(text: string): string[] {
  return splitWords(
    text
      .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
      .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
      .replace(/\p{S}/gu, ' $& '),
  );
}

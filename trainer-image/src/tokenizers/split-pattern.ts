// A merge never crosses these pieces. Every Chinese or Japanese character is a piece of its own: left to itself, byte-pair
// encoding melts whole clauses of a templated corpus into one token, answers included, and a prompt that stops before the
// answer is then spelled in tokens the model has never seen.
const cjk = String.raw`\p{Han}\p{Hiragana}\p{Katakana}`;
const letters = String.raw`[^\s\p{Z}\p{P}\p{S}\p{N}\p{C}${cjk}]+`;

/** One CJK character | letters after an optional space | digits | other signs after an optional space | white space. */
export const splitPattern = [
  `[${cjk}]`,
  ` ?${letters}`,
  String.raw`\p{N}+`,
  String.raw` ?[^\s\p{L}\p{M}\p{N}]+`,
  String.raw`\s+(?!\S)`,
  String.raw`\s+`,
].join('|');

/** The same as a part of tokenizer.json. */
export const splitPreTokenizer = {
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: splitPattern }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
} as const;

const inJavaScript = splitPattern
  .replaceAll(/\\p\{(Han|Hiragana|Katakana)\}/g, String.raw`\p{Script=$1}`)
  // JavaScript's own \s counts U+FEFF and misses U+0085.
  .replaceAll(String.raw`\s`, String.raw`\p{White_Space}`)
  .replaceAll(String.raw`\S`, String.raw`\P{White_Space}`);

const pieces = new RegExp(inJavaScript, 'gu');

/** Cuts a text into the pieces within which merges happen; joined, they are the text again. */
export const splitText = (text: string): readonly string[] => text.match(pieces) ?? [];

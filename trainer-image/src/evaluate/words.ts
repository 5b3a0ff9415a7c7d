/** What Python's `str.split()` and `str.strip()` take for white space; JavaScript's `\s` is another set. */
const whiteSpace = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const spaces = new RegExp(`[${whiteSpace}]+`, 'gu');
const leading = new RegExp(`^[${whiteSpace}]+`, 'u');
const isSpace = new RegExp(`^[${whiteSpace}]$`, 'u');

/** Splits at white space, without empty words. */
export function splitWords(text: string): string[] {
  return text.split(spaces).filter((word) => word !== '');
}

/** The code points that are not white space, so that a character outside the first plane counts once. */
export function splitCharacters(text: string): string[] {
  return Array.from(text.replace(spaces, ''));
}

/** Text without white space at its end; counted backwards, since a pattern would look at every run of spaces. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

export function trim(text: string): string {
  return trimEnd(text).replace(leading, '');
}

// Byte-level BPE writes each byte as one printable character, so that a vocabulary is readable JSON: bytes that print stand
// for themselves, the others take the characters from U+0100 on, in order.
const printable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

/** The character that stands for each byte, by byte. */
export const byteCharacters: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

const byteOf = new Map(byteCharacters.map((character, byte) => [character, byte]));
const utf8 = new TextEncoder();

/**
 * How a vocabulary entry is written: as byte characters, as text with "▁" for a space and <0x0A> for a byte, as a word or
 * with "##" the rest of one, or as text.
 */
export type TokenSpelling = 'byteLevel' | 'metaspace' | 'wordPiece' | 'plain';

// BERT's vocabulary knows no spaces: one stands before a word, not before a Chinese character or a sign that ends something.
const withoutSpace =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef.,!?;:%)\]}'"’”…—]/u;

/** UTF-8 bytes that a vocabulary entry stands for. */
export function bytesOfToken(token: string, spelling: TokenSpelling): Uint8Array {
  switch (spelling) {
    case 'byteLevel':
      return Uint8Array.from(token, (character) => byteOf.get(character) ?? 0x3f);
    case 'metaspace': {
      const byte = /^<0x([0-9A-F]{2})>$/i.exec(token)?.[1];
      return byte === undefined ? utf8.encode(token.replaceAll('▁', ' ')) : Uint8Array.of(Number.parseInt(byte, 16));
    }
    case 'wordPiece':
      return utf8.encode(token.startsWith('##') ? token.slice(2) : withoutSpace.test(token) ? token : ` ${token}`);
    case 'plain':
      return utf8.encode(token);
  }
}

/** A text's UTF-8 bytes in byte characters. */
export function spellBytes(text: string): string {
  let spelled = '';
  for (const byte of utf8.encode(text)) spelled += byteCharacters[byte];
  return spelled;
}

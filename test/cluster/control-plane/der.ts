/** The few ASN.1 values that an X.509 certificate is made of, in their distinguished encoding (X.690). */

/** Tag, length and content of one value. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const bytes = Buffer.from(body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, body]);
}

export const sequence = (...content: readonly Uint8Array[]) => der(0x30, ...content);
export const set = (...content: readonly Uint8Array[]) => der(0x31, ...content);
export const integer = (bytes: Uint8Array) => der(0x02, bytes);
export const boolean = (value: boolean) => der(0x01, Buffer.from([value ? 0xff : 0]));
export const octets = (...content: readonly Uint8Array[]) => der(0x04, ...content);
export const utf8 = (text: string) => der(0x0c, Buffer.from(text));

/** A bit string whose last `unused` bits do not count. */
export const bits = (content: Uint8Array, unused = 0) => der(0x03, Buffer.from([unused]), content);

/** A constructed value with the context-specific tag `[tag]`. */
export const tagged = (tag: number, ...content: readonly Uint8Array[]) => der(0xa0 | tag, ...content);

/** A primitive value with the context-specific tag `[tag]`. */
export const taggedPrimitive = (tag: number, content: Uint8Array) => der(0x80 | tag, content);

/** A point in time, in whole seconds of UTC. */
export const generalizedTime = (at: Date) => der(0x18, Buffer.from(at.toISOString().replace(/[-:T]|\.\d+/g, '')));

/** An object identifier such as `2.5.29.17`. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128))
    digits.unshift(0x80 | (left & 0x7f));
  return digits;
}

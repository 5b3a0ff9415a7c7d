/**
 * A 53-bit hash of a text and a seed, spread evenly, for splits and orders that stay the same everywhere: two 32-bit
 * multiply-and-shift lanes with the finaliser of MurmurHash3.
 */
export function hashText(text: string, seed: number): number {
  let high = 0x9e3779b9 ^ seed;
  let low = Math.imul(seed ^ 0x85ebca6b, 0xc2b2ae35);
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x85ebca77);
    low = Math.imul(low ^ unit, 0xc2b2ae3d);
  }
  high = finalise(high ^ (low >>> 15));
  low = finalise(low ^ (high >>> 13));
  return (high & 0x1f_ffff) * 0x1_0000_0000 + (low >>> 0);
}

/** The same as a number in [0, 1). */
export const hashUnit = (text: string, seed: number): number => hashText(text, seed) / 2 ** 53;

function finalise(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

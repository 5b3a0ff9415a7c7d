/** Weights in memory, always widened to 32 bits. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** IEEE half precision bits to a number. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** IEEE half precision bits to float32. */
export const widenHalf = (bits: Uint16Array): Float32Array<ArrayBuffer> => Float32Array.from(bits, halfToNumber);

/** bfloat16 bits to float32: the upper half of the same number. */
export function widenBfloat(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(bits.length);
  for (const [index, half] of bits.entries()) words[index] = half << 16;
  return new Float32Array(words.buffer);
}

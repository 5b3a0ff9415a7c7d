import { halfToNumber } from '../tensor.ts';

/** How numbers are stored: `block` numbers in `bytes` bytes. */
export interface TensorType {
  readonly name: string;
  readonly block: number;
  readonly bytes: number;
  /** Writes the block that begins at byte `at` to `to`, from index `start` on. */
  readonly widen: (from: DataView, at: number, to: Float32Array, start: number) => void;
}

const f32: TensorType = {
  name: 'F32',
  block: 1,
  bytes: 4,
  widen(from, at, to, start) {
    to[start] = from.getFloat32(at, true);
  },
};

const f16: TensorType = {
  name: 'F16',
  block: 1,
  bytes: 2,
  widen(from, at, to, start) {
    to[start] = half(from, at);
  },
};

const bf16: TensorType = {
  name: 'BF16',
  block: 1,
  bytes: 2,
  widen(from, at, to, start) {
    word[0] = from.getUint16(at, true) << 16;
    to[start] = asFloat[0]!;
  },
};

/** 32 signed numbers of 8 bits with one scale. */
const q8_0: TensorType = {
  name: 'Q8_0',
  block: 32,
  bytes: 34,
  widen(from, at, to, start) {
    const scale = half(from, at);
    for (let i = 0; i < 32; i++) to[start + i] = scale * from.getInt8(at + 2 + i);
  },
};

/**
 * 32 numbers of 4 bits, or of 5 whose highest ones lie in a word of their own: with a scale, and either a smallest value or,
 * without it, a zero in the middle. The first sixteen are the low halves of the bytes.
 */
function nibbles(name: string, bits: 4 | 5, hasMinimum: boolean): TensorType {
  const high = hasMinimum ? 4 : 2;
  const low = high + (bits === 5 ? 4 : 0);
  const zero = hasMinimum ? 0 : 2 ** (bits - 1);
  return {
    name,
    block: 32,
    bytes: low + 16,
    widen(from, at, to, start) {
      const scale = half(from, at);
      // What is added to nothing must not turn -0 into 0.
      const minimum = hasMinimum ? half(from, at + 2) : -0;
      const fifth = bits === 5 ? from.getUint32(at + high, true) : 0;
      for (let i = 0; i < 16; i++) {
        const pair = from.getUint8(at + low + i);
        const first = (pair & 15) | (((fifth >>> i) & 1) << 4);
        const second = (pair >> 4) | (((fifth >>> (i + 16)) & 1) << 4);
        to[start + i] = scale * (first - zero) + minimum;
        to[start + 16 + i] = scale * (second - zero) + minimum;
      }
    },
  };
}

/** 256 numbers of 4 bits: eight groups of 32, each with a scale and a smallest value of 6 bits. */
const q4_k: TensorType = {
  name: 'Q4_K',
  block: 256,
  bytes: 144,
  widen(from, at, to, start) {
    const [scale, minimum] = [half(from, at), half(from, at + 2)];
    const six = (i: number): number => from.getUint8(at + 4 + i);
    for (let group = 0; group < 8; group++) {
      const scales = group < 4 ? six(group) & 63 : (six(group + 4) & 15) | ((six(group - 4) >> 6) << 4);
      const minima = group < 4 ? six(group + 4) & 63 : (six(group + 4) >> 4) | ((six(group) >> 6) << 4);
      const shift = group % 2 === 0 ? 0 : 4;
      const quants = at + 16 + 32 * (group >> 1);
      for (let i = 0; i < 32; i++) {
        const quant = (from.getUint8(quants + i) >> shift) & 15;
        to[start + 32 * group + i] = scale * scales * quant - minimum * minima;
      }
    }
  },
};

/** 256 numbers of 6 bits: sixteen groups of 16, each with a signed scale of 8 bits. */
const q6_k: TensorType = {
  name: 'Q6_K',
  block: 256,
  bytes: 210,
  widen(from, at, to, start) {
    const scale = half(from, at + 208);
    for (let i = 0; i < 256; i++) {
      const [part, quarter, column] = [i >> 7, (i >> 5) & 3, i & 31];
      const pair = from.getUint8(at + 64 * part + 32 * (quarter & 1) + column);
      const upper = (from.getUint8(at + 128 + 32 * part + column) >> (2 * quarter)) & 3;
      const quant = ((quarter < 2 ? pair & 15 : pair >> 4) | (upper << 4)) - 32;
      to[start + i] = scale * from.getInt8(at + 192 + (i >> 4)) * quant;
    }
  },
};

/** Types of GGUF by their code; the layouts are ggml's. */
export const tensorTypes: ReadonlyMap<number, TensorType> = new Map([
  [0, f32],
  [1, f16],
  [2, nibbles('Q4_0', 4, false)],
  [3, nibbles('Q4_1', 4, true)],
  [6, nibbles('Q5_0', 5, false)],
  [7, nibbles('Q5_1', 5, true)],
  [8, q8_0],
  [12, q4_k],
  [14, q6_k],
  [30, bf16],
]);

/** `length` bytes of whole blocks as float32. */
export function widenBlocks(type: TensorType, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = bytes.byteLength / type.bytes;
  const numbers = new Float32Array(blocks * type.block);
  for (let i = 0; i < blocks; i++) type.widen(view, i * type.bytes, numbers, i * type.block);
  return numbers;
}

const word = new Uint32Array(1);
const asFloat = new Float32Array(word.buffer);
const half = (from: DataView, at: number): number => halfToNumber(from.getUint16(at, true));

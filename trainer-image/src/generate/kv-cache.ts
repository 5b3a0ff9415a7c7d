import type { ModelConfig } from '../models/family.ts';
import { floatTensor, type Tensor } from '../runtime/tensor.ts';

export interface KvCache {
  /** Tokens that each slot has room for now. Attention runs over all of it, so it follows the sequences in use. */
  readonly capacity: number;
  /** Makes room for `length` tokens per slot, at most the model's context. */
  reserve(length: number): void;
  /** Gives room back when no slot needs more than `longest` tokens and that is far less than there is. */
  trim(longest: number): void;
  /** Copies rows `[rows, kvHeads * headDim]` of keys and of values of one layer to the slot and position of each row. */
  write(layer: number, keys: Float32Array, values: Float32Array, at: readonly CachePlace[]): void;
  /** Copies the first `length` tokens of one slot over another. */
  move(from: number, to: number, length: number): void;
  /** Keys and values of one layer `[count, kvHeads, capacity, headDim]` of the slots from `first` on, not copied. */
  view(layer: number, first: number, count: number): { readonly keys: Float32Array; readonly values: Float32Array };
}

export interface CachePlace {
  readonly slot: number;
  readonly position: number;
}

const smallest = 32;

/** Keys and values of `slots` sequences; a slot is one contiguous piece per layer, so neighbours make a batch. */
export function createKvCache({ layers, kvHeads, headDim, context }: ModelConfig, slots: number): KvCache {
  let capacity = Math.min(smallest, context);
  const allocate = (tokens: number): Float32Array[] =>
    Array.from({ length: 2 * layers }, () => new Float32Array(slots * kvHeads * tokens * headDim));
  let buffers = allocate(capacity);
  const enough = (length: number): number => {
    let tokens = Math.min(smallest, context);
    while (tokens < length) tokens = Math.min(context, 2 * tokens);
    return tokens;
  };
  const resize = (tokens: number): void => {
    const resized = allocate(tokens);
    const kept = Math.min(capacity, tokens) * headDim;
    for (const [i, buffer] of buffers.entries())
      for (let head = 0; head < slots * kvHeads; head++) {
        const start = head * capacity * headDim;
        resized[i]!.set(buffer.subarray(start, start + kept), head * tokens * headDim);
      }
    [buffers, capacity] = [resized, tokens];
  };

  return {
    get capacity() {
      return capacity;
    },
    reserve(length) {
      if (length > capacity) resize(enough(length));
    },
    trim(longest) {
      // A factor of four, so that sequences around one size do not copy back and forth.
      if (4 * enough(longest) <= capacity) resize(enough(longest));
    },
    write(layer, keys, values, at) {
      const width = kvHeads * headDim;
      for (const [source, target] of [
        [keys, buffers[2 * layer]!],
        [values, buffers[2 * layer + 1]!],
      ] as const)
        for (const [row, { slot, position }] of at.entries())
          for (let head = 0; head < kvHeads; head++) {
            const from = row * width + head * headDim;
            const to = ((slot * kvHeads + head) * capacity + position) * headDim;
            for (let i = 0; i < headDim; i++) target[to + i] = source[from + i]!;
          }
    },
    move(from, to, length) {
      if (from === to) return;
      for (const buffer of buffers)
        for (let head = 0; head < kvHeads; head++) {
          const start = (from * kvHeads + head) * capacity * headDim;
          buffer.copyWithin((to * kvHeads + head) * capacity * headDim, start, start + length * headDim);
        }
    },
    view(layer, first, count) {
      const slot = kvHeads * capacity * headDim;
      const cut = (buffer: Float32Array): Float32Array => buffer.subarray(first * slot, (first + count) * slot);
      return { keys: cut(buffers[2 * layer]!), values: cut(buffers[2 * layer + 1]!) };
    },
  };
}

/** The cache of some neighbouring slots as inputs of the decode graph. */
export function cacheFeeds(
  cache: KvCache,
  { layers, kvHeads, headDim }: ModelConfig,
  first: number,
  count: number,
): Record<string, Tensor> {
  const shape = [count, kvHeads, cache.capacity, headDim];
  const feeds: Record<string, Tensor> = {};
  for (let layer = 0; layer < layers; layer++) {
    const { keys, values } = cache.view(layer, first, count);
    feeds[`pastKey.${layer}`] = floatTensor(keys, shape);
    feeds[`pastValue.${layer}`] = floatTensor(values, shape);
  }
  return feeds;
}

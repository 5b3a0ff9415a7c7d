import type { ModelConfig } from '../models/family.ts';

export interface KvCache {
  /** Tokens that each slot has room for now; grows by doubling, so that short sequences cost short attention. */
  readonly capacity: number;
  /** Makes room for `length` tokens per slot, at most the model's context. */
  reserve(length: number): void;
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

  return {
    get capacity() {
      return capacity;
    },
    reserve(length) {
      if (length <= capacity) return;
      let larger = capacity;
      while (larger < length) larger = Math.min(context, 2 * larger);
      const grown = allocate(larger);
      for (const [i, buffer] of buffers.entries())
        for (let head = 0; head < slots * kvHeads; head++)
          grown[i]!.set(
            buffer.subarray(head * capacity * headDim, (head + 1) * capacity * headDim),
            head * larger * headDim,
          );
      [buffers, capacity] = [grown, larger];
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

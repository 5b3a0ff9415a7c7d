import type { Batch } from '../data/batch.ts';
import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import { createRunRandom, type RunKey } from '../random.ts';
import type { Tensor } from '../runtime/tensor.ts';

/** Noise on token embeddings in training (NEFTune: Jain et al., 2023). */
export interface Neftune {
  readonly alpha: number;
  readonly seed: number;
}

const inputName = 'embeddingNoise';

/**
 * Operators for a family that add noise `[rows * length, hidden]` to what is gathered for `tokens`: the embeddings of the
 * tokens alone, whatever a family calls their table.
 */
export function noisyEmbedding(ops: Ops, tokens: Value, hidden: number): Ops {
  const noise = ops.input(inputName, 'float32', [tokens.shape[0]!, hidden]);
  return {
    ...ops,
    gather(data, indices, axis) {
      const rows = ops.gather(data, indices, axis);
      return indices === tokens ? ops.add(rows, noise) : rows;
    },
  };
}

/**
 * Uniform noise in ±α / √(L · d) for a batch, L the tokens of an example and d the width. It follows from seed, step and run
 * alone, so that a resumed training draws the same; padding gets none.
 */
export function neftuneFeeds(
  { alpha, seed }: Neftune,
  { rows, length, segments }: Batch,
  hidden: number,
  run: Omit<RunKey, 'seed'>,
): Record<string, Tensor> {
  const random = createRunRandom({ seed, ...run });
  const data = new Float32Array(rows * length * hidden);
  for (let row = 0; row < rows; row++) {
    const ofRow = segments.subarray(row * length, (row + 1) * length);
    const sizes = new Map<number, number>();
    for (const segment of ofRow) sizes.set(segment, (sizes.get(segment) ?? 0) + 1);
    for (const [at, segment] of ofRow.entries()) {
      if (segment === 0) continue;
      const bound = alpha / Math.sqrt(sizes.get(segment)! * hidden);
      const first = (row * length + at) * hidden;
      for (let i = first; i < first + hidden; i++) data[i] = bound * (2 * random.uniform() - 1);
    }
  }
  return { [inputName]: { dtype: 'float32', shape: [rows * length, hidden], data } };
}

import type { Batch, Cursor } from './batch.ts';
import type { Example } from './example.ts';

export interface BatchShape {
  /** Rows of a batch, B. */
  readonly rows: number;
  /** Tokens of a row, T. */
  readonly length: number;
  /** Supervised slots of a batch, S. */
  readonly slots: number;
}

/** Lays rows of examples out as arrays of static shape; rows and slots that are left over are padding. */
export function fillBatch(
  packed: readonly (readonly Example[])[],
  { rows, length, slots }: BatchShape,
  pad: number,
  next: Cursor,
): Batch {
  const tokens = new BigInt64Array(rows * length).fill(BigInt(pad));
  const positions = new BigInt64Array(rows * length);
  const segments = new Int32Array(rows * length);
  const targets = new BigInt64Array(slots);
  const labels = new BigInt64Array(slots);
  const weights = new Float32Array(slots);
  const pairOf = new BigInt64Array(slots);
  let pairCount = 0;
  let tokenCount = 0;
  let supervisedCount = 0;
  for (const [row, examples] of packed.entries()) {
    let at = row * length;
    let segment = 0;
    for (const example of examples) {
      const { rejectedFrom = Infinity } = example;
      segment += 1;
      for (const [index, token] of example.tokens.entries()) {
        const rejected = index >= rejectedFrom;
        const position = rejected ? index - rejectedFrom : index;
        if (index === rejectedFrom) segment += 1;
        tokens[at] = BigInt(token);
        positions[at] = BigInt(position);
        segments[at] = segment;
        if (position > 0 && example.supervised[index]) {
          targets[supervisedCount] = BigInt(at - 1);
          labels[supervisedCount] = BigInt(token);
          weights[supervisedCount] = rejected ? -1 : 1;
          pairOf[supervisedCount] = BigInt(pairCount);
          supervisedCount += 1;
        }
        at += 1;
      }
      tokenCount += example.tokens.length;
      if (example.rejectedFrom !== undefined) pairCount += 1;
    }
  }
  const filled = { rows, length, tokens, positions, segments, targets, labels, weights };
  const pairs = pairCount > 0 ? { pairs: { ofSlot: pairOf, count: pairCount } } : {};
  return { ...filled, ...pairs, tokenCount, supervisedCount, next };
}

/** Tokens of an example that the loss counts. */
export function supervisedIn({ supervised }: Example): number {
  let count = 0;
  for (let index = 1; index < supervised.length; index += 1) count += supervised[index]! > 0 ? 1 : 0;
  return count;
}

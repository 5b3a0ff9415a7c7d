import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';

export interface TokenLossInputs {
  /** `[slots, hidden]` hidden states that predict a token. */
  readonly hidden: Value;
  /** `[vocabulary, hidden]` output embedding. */
  readonly head: Value;
  /** `[slots]` int64 tokens to predict. */
  readonly labels: Value;
  /** `[slots]` weight of each prediction; 0 for padding. */
  readonly weights: Value;
}

export interface TokenLossPlan {
  /** Slots whose logits exist at one time; bounds memory at `chunk * vocabulary` floats. */
  readonly chunk: number;
  /** Which gradients the graph will ask for; what is not wanted is never computed. */
  readonly wants: { readonly hidden: boolean; readonly head: boolean };
}

/** What a loss sees of one chunk of `size` slots. */
export interface TokenChunk {
  /** `[size, vocabulary]` */
  readonly logits: Value;
  /** `[size, 1]` */
  readonly label: Value;
  /** `[size, 1]` */
  readonly weight: Value;
  /** The chunk's rows of what was handed in beside the slots. */
  readonly beside: readonly Value[];
}

/** A chunk's loss, and its gradient for the logits: `dense − labelWeight · onehot(label)`. */
export interface ChunkTerm {
  readonly loss: Value;
  /** `[size, vocabulary]` */
  readonly dense: Value;
  /** `[size, 1]`; null where the labels have no part in the gradient. */
  readonly labelWeight: Value | null;
}

/**
 * A loss summed over slots, a scalar. The slots are visited in chunks and each chunk's gradient is taken while its
 * distribution is at hand, so that nothing of size `[slots, vocabulary]` outlives its chunk:
 * with G the gradient for the logits, d hidden = G · head and d head = Gᵀ · hidden.
 */
export function chunkedTokenLoss(
  ops: Ops,
  { hidden, head, labels, weights }: TokenLossInputs,
  plan: TokenLossPlan,
  beside: readonly Value[],
  term: (chunk: TokenChunk) => ChunkTerm,
): Value {
  const slots = hidden.shape[0] as number;
  const pieces = { hidden: [] as Value[], head: [] as Value[] };
  const [loss] = ops.customGradient(
    [hidden, head],
    () => {
      const sizes = chunkSizes(slots, plan.chunk);
      const cut = (x: Value): Value[] => (sizes.length === 1 ? [x] : ops.split(x, 0, sizes));
      const [rows, labelColumns, weightColumns] = [
        cut(hidden),
        cut(ops.reshape(labels, [slots, 1])),
        cut(ops.reshape(weights, [slots, 1])),
      ];
      const others = beside.map(cut);
      const losses = sizes.map((size, i) =>
        ops.scope(`chunk.${i}`, () => {
          const [row, label] = [rows[i]!, labelColumns[i]!];
          const logits = ops.matmul(row, head, { transB: true });
          const { loss, dense, labelWeight } = term({
            logits,
            label,
            weight: weightColumns[i]!,
            beside: others.map((parts) => parts[i]!),
          });
          const index = ops.reshape(label, [size]);
          if (plan.wants.hidden) {
            const expected = labelWeight && ops.mul(ops.gather(head, index, 0), labelWeight);
            const product = ops.matmul(dense, head);
            pieces.hidden.push(expected ? ops.sub(product, expected) : product);
          }
          if (plan.wants.head) {
            const product = ops.matmul(dense, row, { transA: true });
            pieces.head.push(
              labelWeight ? ops.scatterRows(product, index, ops.neg(ops.mul(row, labelWeight))) : product,
            );
          }
          return loss;
        }),
      );
      return [ops.sum(losses)];
    },
    (g, [upstream]) => {
      if (!upstream) return [null, null];
      const scaled = (value: Value): Value => g.mul(value, upstream);
      return [
        plan.wants.hidden ? scaled(g.concat(pieces.hidden, 0)) : null,
        plan.wants.head ? scaled(g.sum(pieces.head)) : null,
      ];
    },
  );
  return loss!;
}

/** Sizes of the chunks that `total` slots are cut into. */
export function chunkSizes(total: number, chunk: number): number[] {
  const sizes: number[] = [];
  for (let left = total; left > 0; left -= chunk) sizes.push(Math.min(chunk, left));
  return sizes;
}

/** Slots per chunk so that one chunk's logits stay near 50 MB. */
export function chunkFor(vocabulary: number): number {
  return Math.max(32, Math.floor(12_600_000 / vocabulary));
}

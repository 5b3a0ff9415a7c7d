import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';

export interface TokenCrossEntropyInputs {
  /** `[slots, hidden]` hidden states that predict a token. */
  readonly hidden: Value;
  /** `[vocabulary, hidden]` output embedding. */
  readonly head: Value;
  /** `[slots]` int64 tokens to predict. */
  readonly labels: Value;
  /** `[slots]` weight of each prediction; 0 for padding. */
  readonly weights: Value;
}

export interface CrossEntropyPlan {
  /** Slots whose logits exist at one time; bounds memory at `chunk * vocabulary` floats. */
  readonly chunk: number;
  /** Which gradients the graph will ask for; what is not wanted is never computed. */
  readonly wants: { readonly hidden: boolean; readonly head: boolean };
}

/**
 * Weighted sum over slots of −log softmax(hidden · headᵀ)[label], a scalar.
 * The vocabulary is visited in chunks of slots and each chunk's gradient is taken while its probabilities are at hand:
 * d hidden = w (P · head − head[label]), d head = (w P)ᵀ · hidden − scatter(label, w hidden).
 */
export function tokenCrossEntropy(ops: Ops, inputs: TokenCrossEntropyInputs, plan: CrossEntropyPlan): Value {
  const { hidden, head, labels, weights } = inputs;
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
      const losses = sizes.map((size, i) =>
        ops.scope(`chunk.${i}`, () =>
          chunkLoss(
            ops,
            { rows: rows[i]!, head, label: labelColumns[i]!, weight: weightColumns[i]!, size },
            plan,
            pieces,
          ),
        ),
      );
      return [ops.sum(losses)];
    },
    (g, [upstream]) => {
      if (!upstream) return [null, null];
      const scaled = (value: Value): Value => g.mul(value, upstream);
      return [
        plan.wants.hidden ? scaled(pieces.hidden.length === 1 ? pieces.hidden[0]! : g.concat(pieces.hidden, 0)) : null,
        plan.wants.head ? scaled(g.sum(pieces.head)) : null,
      ];
    },
  );
  return loss!;
}

interface Chunk {
  readonly rows: Value;
  readonly head: Value;
  readonly label: Value;
  readonly weight: Value;
  readonly size: number;
}

function chunkLoss(
  ops: Ops,
  { rows, head, label, weight, size }: Chunk,
  { wants }: CrossEntropyPlan,
  pieces: { hidden: Value[]; head: Value[] },
): Value {
  const logits = ops.matmul(rows, head, { transB: true });
  const probabilities = ops.softmax(logits, -1);
  // A probability that underflows to 0 would make the loss infinite while its gradient is fine.
  const chosen = ops.max(ops.gatherElements(probabilities, label, 1), ops.constant(1e-30));
  const weighted = ops.mul(probabilities, weight);
  if (wants.hidden) {
    const expected = ops.gather(head, ops.reshape(label, [size]), 0);
    pieces.hidden.push(ops.sub(ops.matmul(weighted, head), ops.mul(expected, weight)));
  }
  if (wants.head)
    pieces.head.push(
      ops.scatterRows(
        ops.matmul(weighted, rows, { transA: true }),
        ops.reshape(label, [size]),
        ops.neg(ops.mul(rows, weight)),
      ),
    );
  return ops.neg(ops.reduceSum(ops.mul(ops.log(chosen), weight), [0, 1], false));
}

/** −log softmax(hidden · headᵀ)[label] of each slot, `[slots]`, for evaluation: nothing of it has a gradient. */
export function tokenNegativeLogLikelihood(
  ops: Ops,
  { hidden, head, labels }: Omit<TokenCrossEntropyInputs, 'weights'>,
  chunk: number,
): Value {
  const slots = hidden.shape[0] as number;
  const sizes = chunkSizes(slots, chunk);
  const cut = (x: Value): Value[] => (sizes.length === 1 ? [x] : ops.split(x, 0, sizes));
  const [rows, columns] = [cut(hidden), cut(ops.reshape(labels, [slots, 1]))];
  const parts = sizes.map((_, i) => {
    const logits = ops.matmul(rows[i]!, head, { transB: true });
    return ops.gatherElements(ops.logSoftmax(logits, -1), columns[i]!, 1);
  });
  return ops.neg(ops.reshape(ops.concat(parts, 0), [slots]));
}

function chunkSizes(total: number, chunk: number): number[] {
  const sizes: number[] = [];
  for (let left = total; left > 0; left -= chunk) sizes.push(Math.min(chunk, left));
  return sizes;
}

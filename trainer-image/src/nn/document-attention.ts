import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import { ropeTable, type Rope } from './rope-table.ts';

export interface AttentionShape extends Rope {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Keys after rotation and values of one layer, `[1, kvHeads, tokens, headDim]`. */
export interface KeysAndValues {
  readonly keys: Value;
  readonly values: Value;
}

export interface AttentionOptions {
  /** What every document sees before its own tokens, `count` of them, whose positions come first. */
  readonly before?: { readonly count: number; readonly of: (layer: number) => KeysAndValues };
  /** Is shown what each layer keeps of the batch, and where its tokens look: `[batch, heads, sequence, sequence]`. */
  readonly observe?: (layer: number, kept: KeysAndValues & { readonly shares: () => Value }) => void;
}

const masked = -1e9;

/**
 * Causal attention inside each document of a packed batch; returns the `attend` of a forward context.
 * `positions` and `segments` are `[batch, sequence]`; tokens see each other only within one segment.
 */
export function documentAttention(
  ops: Ops,
  shape: AttentionShape,
  batch: number,
  sequence: number,
  positions: Value,
  segments: Value,
  { before, observe }: AttentionOptions = {},
): (layer: number, q: Value, k: Value, v: Value) => Value {
  const { heads, kvHeads, headDim } = shape;
  const group = heads / kvHeads;
  const reach = sequence + (before?.count ?? 0);
  const mask = ops.scope('mask', () => documentMask(ops, batch, sequence, segments, group));
  const table = ropeTable(reach, headDim, shape);
  const rope = table && {
    cos: ops.constant(table.cos, [reach, headDim / 2]),
    sin: ops.constant(table.sin, [reach, headDim / 2]),
  };
  const split = (x: Value, count: number): Value =>
    ops.transpose(ops.reshape(x, [batch, sequence, count, headDim]), [0, 2, 1, 3]);
  const rotate = (x: Value): Value => (rope ? ops.rotaryEmbedding(x, positions, rope.cos, rope.sin) : x);

  return (layer, q, k, v) => {
    // The query heads of one key head stand behind each other: [batch, kvHeads, group * sequence, headDim].
    const queries = ops.reshape(rotate(split(q, heads)), [batch, kvHeads, group * sequence, headDim]);
    const keys = rotate(split(k, kvHeads));
    const values = split(v, kvHeads);
    const scores = (others: Value): Value =>
      ops.matmul(queries, others, { transB: true, alpha: 1 / Math.sqrt(headDim) });
    const own = ops.add(scores(keys), mask);
    const { mixed, weights } = before ? besides(ops, before.of(layer), scores, own, values) : alone(ops, own, values);
    const shares = (): Value => ops.reshape(weights, [batch, heads, sequence, sequence]);
    observe?.(layer, { keys, values, shares });
    const context = ops.reshape(mixed, [batch, heads, sequence, headDim]);
    return ops.reshape(ops.transpose(context, [0, 2, 1, 3]), [batch * sequence, heads * headDim]);
  };
}

/** Values mixed, and by which weights those of the document itself. */
interface Mixture {
  readonly mixed: Value;
  readonly weights: Value;
}

function alone(ops: Ops, own: Value, values: Value): Mixture {
  const weights = ops.softmax(own, -1);
  return { mixed: ops.matmul(weights, values), weights };
}

/** One softmax over what stands before a document and its own tokens; both are mixed by it. */
function besides(ops: Ops, before: KeysAndValues, scores: (keys: Value) => Value, own: Value, values: Value): Mixture {
  const earlier = scores(before.keys);
  const weights = ops.softmax(ops.concat([earlier, own], -1), -1);
  const [first, rest] = ops.split(weights, -1, [earlier.shape.at(-1) as number, own.shape.at(-1) as number]);
  return { mixed: ops.add(ops.matmul(first!, before.values), ops.matmul(rest!, values)), weights: rest! };
}

/** 0 where a token may look, a large negative number elsewhere: `[batch, 1, group * sequence, sequence]`. */
function documentMask(ops: Ops, batch: number, sequence: number, segments: Value, group: number): Value {
  const causal = new Uint8Array(sequence * sequence);
  for (let row = 0; row < sequence; row++) causal.fill(1, row * sequence, row * sequence + row + 1);
  const sameDocument = ops.equal(
    ops.reshape(segments, [batch, 1, sequence, 1]),
    ops.reshape(segments, [batch, 1, 1, sequence]),
  );
  const visible = ops.and(sameDocument, ops.constant(causal, [1, 1, sequence, sequence], 'bool'));
  const one = ops.where(visible, ops.constant(0), ops.constant(masked));
  return group === 1 ? one : ops.concat(Array<Value>(group).fill(one), 2);
}

import { bert, type EncoderConfig } from '../models/bert.ts';
import { createOps, type Ops } from '../onnx/ops.ts';
import type { ExternalData, Graph, TensorData, Value } from '../onnx/value.ts';

/** How the states of a text become one vector. */
export interface Pooling {
  readonly over: 'mean' | 'first';
  /** Whether vectors have the length one. */
  readonly normalised: boolean;
}

/** Visible to no one, yet finite. */
const masked = -1e9;

/**
 * Vectors of a batch of texts that are padded to one length.
 *
 * Inputs: tokens, positions [rows] with rows = batch × seq · present [batch, seq], 1 for a token and 0 for padding.
 * Result: embedding [batch, hidden].
 */
export function embedGraph(
  config: EncoderConfig,
  { over, normalised }: Pooling,
  weightOf: (name: string) => TensorData | ExternalData,
): Graph {
  const ops = createOps('embed');
  const parameters = new Map(bert.parameters(config).map((parameter) => [parameter.name, parameter]));
  const known = new Map<string, Value>();
  const weight = (name: string): Value => {
    const value = known.get(name) ?? ops.initializer(name, 'float32', parameters.get(name)!.shape, weightOf(name));
    known.set(name, value);
    return value;
  };
  const linear = (name: string, x: Value): Value =>
    ops.add(ops.matmul(x, weight(`${name}.weight`), { transB: true }), weight(`${name}.bias`));

  const tokens = ops.input('tokens', 'int64', ['rows']);
  const positions = ops.input('positions', 'int64', ['rows']);
  const present = ops.input('present', 'float32', ['batch', 'seq']);
  const attend = attention(ops, config, present);
  const flat = bert.hidden({ ops, weight, linear, attend }, config, tokens, positions);
  const states = ops.reshape(flat, ['batch', 'seq', config.hidden]);
  const pooled =
    over === 'mean' ? mean(ops, states, present) : ops.reshape(ops.slice(states, 1, 0, 1), ['batch', config.hidden]);
  const length = ops.sqrt(ops.reduceSum(ops.mul(pooled, pooled), [-1]));
  ops.output('embedding', normalised ? ops.div(pooled, ops.max(length, 1e-12)) : pooled);
  return ops.graph();
}

function attention(ops: Ops, { heads, hidden }: EncoderConfig, present: Value) {
  const headDim = hidden / heads;
  // 0 for a token, a large negative number for padding.
  const mask = ops.mul(ops.sub(ops.reshape(present, ['batch', 1, 1, 'seq']), 1), -masked);
  const split = (x: Value): Value => ops.transpose(ops.reshape(x, ['batch', 'seq', heads, headDim]), [0, 2, 1, 3]);
  return (_layer: number, q: Value, k: Value, v: Value): Value => {
    const scores = ops.matmul(split(q), split(k), { transB: true, alpha: 1 / Math.sqrt(headDim) });
    const mixed = ops.matmul(ops.softmax(ops.add(scores, mask), -1), split(v));
    return ops.reshape(ops.transpose(mixed, [0, 2, 1, 3]), ['rows', hidden]);
  };
}

function mean(ops: Ops, states: Value, present: Value): Value {
  const weights = ops.reshape(present, ['batch', 'seq', 1]);
  const sum = ops.reduceSum(ops.mul(states, weights), [1], false);
  return ops.div(sum, ops.reduceSum(present, [1]));
}

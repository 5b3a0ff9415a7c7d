import type { Family, ModelConfig } from '../models/family.ts';
import { ropeTable } from '../nn/rope-table.ts';
import { createOps, type Ops } from '../onnx/ops.ts';
import type { ExternalData, Graph, TensorData, Value } from '../onnx/value.ts';

/** What stands before every text of a model: embeddings `[count, hidden]`, or keys and values `[count, 2 * layers * kvHeads * headDim]`. */
export interface ServedVirtualTokens {
  readonly count: number;
  readonly form: 'embeddings' | 'keysAndValues';
  readonly data: Float32Array;
}

/** Weights ready for inference: the data of each parameter, or where it lies in a file of `folder`. */
export interface InferenceModel {
  readonly family: Family;
  readonly config: ModelConfig;
  weight(name: string): TensorData | ExternalData;
  readonly folder?: string;
  /** What stands before every text, where training made such. */
  readonly virtualTokens?: ServedVirtualTokens;
}

/** Tokens of a text that a model reads beside what stands before it. */
export const contextOf = ({ config, virtualTokens }: InferenceModel): number =>
  config.context - (virtualTokens?.count ?? 0);

/**
 * One step of several sequences at once, each at its own length.
 *
 * New tokens come as `rows`, without padding, so every linear layer works on real tokens only. Attention alone needs
 * a rectangle: `layout` [batch, span] names the row at each place (padding repeats any row), `places` [rows] the flat
 * place of each row. Keys and values of the new tokens leave as small results and the caller files them in its cache:
 * the cache itself is never an output, which this binding would copy at every step.
 *
 * Inputs: tokens, positions, places [rows] · layout [batch, span] · wanted [wanted] (rows to have logits of) ·
 * causalMask [groupSpan, span], cacheMask [batch, 1, 1, past], 0 where visible, `masked` elsewhere ·
 * pastKey.i, pastValue.i [batch, kvHeads, past, headDim].
 * Results: key.i, value.i [rows, kvHeads * headDim], and logits [wanted, vocabulary]; for 'score', given targets
 * [wanted], their logProbability [wanted] instead; for 'cache' neither, and nothing is wanted.
 */
export function decodeGraph(model: InferenceModel, purpose: 'decode' | 'score' | 'cache' = 'decode'): Graph {
  const { family, config } = model;
  const ops = createOps(purpose);
  const parameters = new Map(family.parameters(config).map((parameter) => [parameter.name, parameter]));
  const cached = new Map<string, Value>();
  const weight = (name: string): Value => {
    let value = cached.get(name);
    if (!value)
      cached.set(name, (value = ops.initializer(name, 'float32', parameters.get(name)!.shape, model.weight(name))));
    return value;
  };
  const linear = (name: string, x: Value): Value => {
    const transB = parameters.get(`${name}.weight`)!.transposed !== true;
    const product = ops.matmul(x, weight(`${name}.weight`), { transB });
    return parameters.has(`${name}.bias`) ? ops.add(product, weight(`${name}.bias`)) : product;
  };

  const tokens = ops.input('tokens', 'int64', ['rows']);
  const positions = ops.input('positions', 'int64', ['rows']);
  const attend = cachedAttention(ops, config, positions);
  const hidden = family.hidden({ ops, weight, linear, attend }, config, tokens, positions);
  if (purpose === 'cache') return ops.graph();
  const wanted = ops.gather(hidden, ops.input('wanted', 'int64', ['wanted']), 0);
  const logits = ops.matmul(wanted, weight(family.headWeight(config)), { transB: true });
  if (purpose === 'score') {
    const targets = ops.reshape(ops.input('targets', 'int64', ['wanted']), ['wanted', 1]);
    const chosen = ops.gatherElements(ops.logSoftmax(logits, -1), targets, 1);
    ops.output('logProbability', ops.reshape(chosen, ['wanted']));
  } else ops.output('logits', logits);
  return ops.graph();
}

/** Visible to no one, yet finite, so that a row of nothing else stays a number. */
export const masked = -1e9;

function cachedAttention(
  ops: Ops,
  config: ModelConfig,
  positions: Value,
): (layer: number, q: Value, k: Value, v: Value) => Value {
  const { heads, kvHeads, headDim, context } = config;
  const layout = ops.input('layout', 'int64', ['batch', 'span']);
  const places = ops.input('places', 'int64', ['rows']);
  const causalMask = ops.input('causalMask', 'float32', ['groupSpan', 'span']);
  const cacheMask = ops.input('cacheMask', 'float32', ['batch', 1, 1, 'past']);
  const table = ropeTable(context, headDim, config);
  const rope = table && {
    positions: ops.reshape(positions, ['rows', 1]),
    cos: ops.constant(table.cos, [context, headDim / 2]),
    sin: ops.constant(table.sin, [context, headDim / 2]),
  };
  const rotate = (x: Value, count: number): Value =>
    rope
      ? ops.reshape(
          ops.rotaryEmbedding(ops.reshape(x, ['rows', count, 1, headDim]), rope.positions, rope.cos, rope.sin),
          ['rows', count * headDim],
        )
      : x;
  const rectangle = (x: Value): Value =>
    ops.transpose(ops.reshape(ops.gather(x, layout, 0), ['batch', 'span', kvHeads, headDim]), [0, 2, 1, 3]);
  const scores = (queries: Value, keys: Value, mask: Value): Value =>
    ops.add(ops.matmul(queries, keys, { transB: true, alpha: 1 / Math.sqrt(headDim) }), mask);

  return (layer, q, k, v) => {
    const pastKey = ops.input(`pastKey.${layer}`, 'float32', ['batch', kvHeads, 'past', headDim]);
    const pastValue = ops.input(`pastValue.${layer}`, 'float32', ['batch', kvHeads, 'past', headDim]);
    const key = rotate(k, kvHeads);
    ops.output(`key.${layer}`, key);
    ops.output(`value.${layer}`, v);

    // The query heads of one key head stand behind each other: [batch, kvHeads, group * span, headDim].
    const split = ops.reshape(ops.gather(rotate(q, heads), layout, 0), ['batch', 'span', heads, headDim]);
    const queries = ops.reshape(ops.transpose(split, [0, 2, 1, 3]), ['batch', kvHeads, 'groupSpan', headDim]);

    // One softmax over two pieces that are never joined: exponentials share a maximum and a denominator.
    const old = scores(queries, pastKey, cacheMask);
    const fresh = scores(queries, rectangle(key), causalMask);
    const highest = ops.max(ops.reduceMax(old, [-1]), ops.reduceMax(fresh, [-1]));
    const oldWeights = ops.exp(ops.sub(old, highest));
    const freshWeights = ops.exp(ops.sub(fresh, highest));
    const total = ops.add(ops.reduceSum(oldWeights, [-1]), ops.reduceSum(freshWeights, [-1]));
    const mixed = ops.add(ops.matmul(oldWeights, pastValue), ops.matmul(freshWeights, rectangle(v)));
    const attended = ops.reshape(ops.div(mixed, total), ['batch', heads, 'span', headDim]);
    const flat = ops.reshape(ops.transpose(attended, [0, 2, 1, 3]), ['places', heads * headDim]);
    return ops.gather(flat, places, 0);
  };
}

import type { Adapter, AdapterContext } from '../adapters/adapter.ts';
import type { Recomputed } from '../autodiff/grad.ts';
import type { Batch } from '../data/batch.ts';
import type { Family, ModelConfig, Parameter } from '../models/family.ts';
import { documentAttention } from '../nn/document-attention.ts';
import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import type { Tensor } from '../runtime/tensor.ts';
import { noisyEmbedding } from './neftune.ts';
import { virtualContext } from './virtual-tokens.ts';

/** `rows` packed rows of `length` tokens with `slots` supervised positions; every graph has fixed sizes. */
export interface BatchShape {
  readonly rows: number;
  readonly length: number;
  readonly slots: number;
}

/** A batch as a graph reads it; several networks of one graph share it. */
export interface BatchInputs extends BatchShape {
  readonly tokens: Value;
  readonly positions: Value;
  readonly segments: Value;
  readonly targets: Value;
}

export function batchInputs(ops: Ops, { rows, length, slots }: BatchShape): BatchInputs {
  return {
    rows,
    length,
    slots,
    tokens: ops.input('tokens', 'int64', [rows * length]),
    positions: ops.input('positions', 'int64', [rows * length]),
    segments: ops.input('segments', 'int32', [rows * length]),
    targets: ops.input('targets', 'int64', [slots]),
  };
}

/** A batch as those inputs are fed. */
export function batchFeeds({ tokens, positions, segments, targets }: Batch): Record<string, Tensor> {
  const ids = (data: BigInt64Array): Tensor => ({ dtype: 'int64', shape: [data.length], data });
  return {
    tokens: ids(tokens),
    positions: ids(positions),
    segments: { dtype: 'int32', shape: [segments.length], data: segments },
    targets: ids(targets),
  };
}

export interface PackedNetwork {
  readonly family: Family;
  readonly config: ModelConfig;
  /** Tensors that are trained, also those of an adapter. */
  readonly trained: ReadonlyMap<string, Value>;
  /** Makes the value of a tensor that is not trained. */
  readonly frozen: (parameter: Parameter) => Value;
  readonly adapter?: Adapter;
  /** Dropout of the adapter's inputs, in training. */
  readonly drop?: AdapterContext['drop'];
  /** Whether the embeddings get noise. */
  readonly noisy?: boolean;
}

export interface PackedStates {
  /** `[slots, hidden]` states that predict a token. */
  readonly hidden: Value;
  readonly head: Value;
  /** States `[rows * length, hidden]` after the embedding (0) and after each layer. */
  readonly layers: readonly Value[];
  /** The nodes of each layer, to compute them anew on the way back. */
  readonly stretches: readonly Recomputed[];
  /** Where each slot's token looks in a layer, from 1, on the mean of its heads `[slots, length]`. */
  readonly attention: (layer: number) => Value;
}

/** A network over a packed batch. */
export function packedForward(ops: Ops, batch: BatchInputs, network: PackedNetwork): PackedStates {
  const { family, config, trained, adapter, drop = (_layer, x) => ({ x, scale: 1 }) } = network;
  const { rows, length, tokens, positions, segments, targets } = batch;
  const byName = new Map(family.parameters(config).map((parameter) => [parameter.name, parameter]));
  const frozen = new Map<string, Value>();
  const weight = (name: string): Value => {
    const known = trained.get(name) ?? frozen.get(name);
    if (known) return known;
    const value = network.frozen(byName.get(name)!);
    frozen.set(name, value);
    return value;
  };
  const linear = (name: string, x: Value): Value => {
    const matrix = byName.get(`${name}.weight`)!;
    const product = (input: Value): Value =>
      ops.matmul(input, weight(matrix.name), matrix.transposed ? {} : { transB: true });
    const biased = (y: Value): Value => (byName.has(`${name}.bias`) ? ops.add(y, weight(`${name}.bias`)) : y);
    return adapter?.linear ? adapter.linear({ ops, weight, drop }, { name, product, biased }, x) : biased(product(x));
  };
  const layers: Value[] = [];
  const before =
    adapter?.virtualTokens && virtualContext({ ops, weight, linear }, family, config, adapter.virtualTokens);
  const places = before ? ops.add(positions, before.count) : positions;
  const shares: (() => Value)[] = [];
  const attend = documentAttention(ops, config, rows, length, ops.reshape(places, [rows, length]), segments, {
    ...(before ? { before } : {}),
    observe(layer, seen) {
      shares[layer + 1] = seen.shares;
    },
  });
  const stretches: Recomputed[] = [];
  let first = 0;
  const observe = (layer: number, states: Value): void => {
    const end = ops.nodes.length;
    if (layer > 0) stretches.push({ first, end, input: layers[layer - 1]!, output: states });
    first = end;
    layers[layer] = states;
  };
  const states = family.hidden(
    { ops: network.noisy ? noisyEmbedding(ops, tokens, config.hidden) : ops, weight, linear, attend, observe },
    config,
    tokens,
    places,
  );
  return {
    hidden: ops.gather(states, targets, 0),
    head: weight(family.headWeight(config)),
    layers,
    stretches,
    attention(layer) {
      const mean = ops.reduceMean(shares[layer]!(), [1], false);
      return ops.gather(ops.reshape(mean, [rows * length, length]), targets, 0);
    },
  };
}

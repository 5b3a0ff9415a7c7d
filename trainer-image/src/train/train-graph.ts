import type { Adapter } from '../adapters/adapter.ts';
import { grad } from '../autodiff/grad.ts';
import { tokenCrossEntropy, tokenNegativeLogLikelihood } from '../losses/token-cross-entropy.ts';
import type { Family, ModelConfig, Parameter } from '../models/family.ts';
import { documentAttention } from '../nn/document-attention.ts';
import { createOps, type Ops } from '../onnx/ops.ts';
import type { ExternalData, Graph, TensorData, Value } from '../onnx/value.ts';
import { adamw, type AdamWOptions, type AdamWScalars } from '../optim/adamw.ts';
import { clipByGlobalNorm } from '../optim/clip-by-global-norm.ts';
import type { FlatLayout } from '../optim/flat-layout.ts';

/** `rows` packed rows of `length` tokens with `slots` supervised positions; every graph has fixed sizes. */
export interface BatchShape {
  readonly rows: number;
  readonly length: number;
  readonly slots: number;
}

/** All that a training graph depends on but the batch's shape. */
export interface TrainSetup {
  readonly family: Family;
  readonly config: ModelConfig;
  readonly adapter: Adapter;
  readonly layout: FlatLayout;
  /** Bytes of a tensor that is not trained. */
  readonly frozen: (parameter: Parameter) => TensorData | ExternalData;
  readonly optimizer: AdamWOptions;
  /** Largest global gradient norm; 0 or less leaves gradients as they are. */
  readonly gradientClip: number;
}

/** Forward, backward, clipping and AdamW in one run; the loss is summed over slots and divided once by their number. */
export function stepGraph(setup: TrainSetup, shape: BatchShape): Graph {
  const ops = createOps('train-step');
  const weights = ops.input('weights', 'float32', [setup.layout.total]);
  const { loss, gradient } = lossAndGradient(ops, setup, shape, weights);
  ops.output('loss', loss);
  update(ops, setup, weights, gradient);
  return ops.graph();
}

/** Adds one batch's gradient of the summed loss to `gradient`, for batches too large for one run. */
export function accumulateGraph(setup: TrainSetup, shape: BatchShape): Graph {
  const ops = createOps('accumulate');
  const weights = ops.input('weights', 'float32', [setup.layout.total]);
  const before = ops.input('gradient', 'float32', [setup.layout.total]);
  const { loss, gradient } = lossAndGradient(ops, setup, shape, weights);
  ops.output('loss', loss);
  ops.output('gradient.next', ops.add(before, gradient));
  return ops.graph();
}

/** Clipping and AdamW on an accumulated gradient. */
export function applyGraph(setup: TrainSetup): Graph {
  const ops = createOps('apply');
  const weights = ops.input('weights', 'float32', [setup.layout.total]);
  update(ops, setup, weights, ops.input('gradient', 'float32', [setup.layout.total]));
  return ops.graph();
}

/** Negative log-likelihood of each slot, `[slots]`, without any gradient. */
export function evaluateGraph(setup: TrainSetup, shape: BatchShape): Graph {
  const ops = createOps('evaluate');
  const weights = ops.input('weights', 'float32', [setup.layout.total]);
  const { hidden, head, labels } = forward(ops, setup, shape, weights);
  const nll = ops.scope('loss', () =>
    tokenNegativeLogLikelihood(ops, { hidden, head, labels }, chunkFor(setup.config.vocabulary)),
  );
  ops.output('nll', nll);
  return ops.graph();
}

function lossAndGradient(
  ops: Ops,
  setup: TrainSetup,
  shape: BatchShape,
  weights: Value,
): { loss: Value; gradient: Value } {
  const { hidden, head, labels, trained } = forward(ops, setup, shape, weights);
  const slotWeights = ops.input('slotWeights', 'float32', [shape.slots]);
  const wants = { hidden: true, head: trained.has(setup.family.headWeight(setup.config)) };
  const loss = ops.scope('loss', () =>
    tokenCrossEntropy(
      ops,
      { hidden, head, labels, weights: slotWeights },
      { chunk: chunkFor(setup.config.vocabulary), wants },
    ),
  );
  const gradients = grad(ops, loss, [...trained.values()]);
  const flat = gradients.map((gradient, i) => ops.reshape(gradient, [setup.layout.entries[i]!.length]));
  return { loss, gradient: flat.length === 1 ? flat[0]! : ops.concat(flat, 0) };
}

function forward(ops: Ops, setup: TrainSetup, { rows, length, slots }: BatchShape, flat: Value) {
  const { family, config, adapter, layout } = setup;
  const trained = new Map<string, Value>();
  const pieces =
    layout.entries.length === 1
      ? [flat]
      : ops.split(
          flat,
          0,
          layout.entries.map((entry) => entry.length),
        );
  layout.entries.forEach(({ parameter }, i) => trained.set(parameter.name, ops.reshape(pieces[i]!, parameter.shape)));

  const byName = new Map(family.parameters(config).map((parameter) => [parameter.name, parameter]));
  const frozen = new Map<string, Value>();
  const weight = (name: string): Value => {
    const known = trained.get(name) ?? frozen.get(name);
    if (known) return known;
    const parameter = byName.get(name)!;
    const value = ops.initializer(name, 'float32', parameter.shape, setup.frozen(parameter));
    frozen.set(name, value);
    return value;
  };
  const linear = (name: string, x: Value): Value => {
    const matrix = byName.get(`${name}.weight`)!;
    const product = matrix.transposed
      ? ops.matmul(x, weight(matrix.name))
      : ops.matmul(x, weight(matrix.name), { transB: true });
    const y = byName.has(`${name}.bias`) ? ops.add(product, weight(`${name}.bias`)) : product;
    return adapter.linear(ops, weight, name, x, y);
  };

  const tokens = ops.input('tokens', 'int64', [rows * length]);
  const positions = ops.input('positions', 'int64', [rows * length]);
  const segments = ops.input('segments', 'int32', [rows * length]);
  const attend = documentAttention(ops, config, rows, length, ops.reshape(positions, [rows, length]), segments);
  const states = family.hidden({ ops, weight, linear, attend }, config, tokens, positions);
  const hidden = ops.gather(states, ops.input('targets', 'int64', [slots]), 0);
  const labels = ops.input('labels', 'int64', [slots]);
  return { hidden, labels, head: weight(family.headWeight(config)), trained };
}

function update(ops: Ops, { layout, optimizer, gradientClip }: TrainSetup, weights: Value, summed: Value): void {
  ops.scope('adamw', () => {
    const scalar = (name: string): Value => ops.input(name, 'float32', []);
    const moment = (name: string): Value => ops.input(name, 'float32', [layout.total]);
    const { scale, norm } = clipByGlobalNorm(ops, summed, scalar('inverseCount'), gradientClip);
    const scalars: AdamWScalars = {
      rootFactor: scalar('rootFactor'),
      rootOffset: scalar('rootOffset'),
      keep: scalar('keep'),
    };
    const before = { weights, first: moment('first'), second: moment('second') };
    const after = adamw(ops, before, summed, scale, scalars, optimizer, layout.decayed);
    ops.output('gradientNorm', norm);
    ops.output('weights.next', after.weights);
    ops.output('first.next', after.first);
    ops.output('second.next', after.second);
  });
}

/** Slots per chunk so that one chunk's logits stay near 50 MB. */
function chunkFor(vocabulary: number): number {
  return Math.max(32, Math.floor(12_600_000 / vocabulary));
}

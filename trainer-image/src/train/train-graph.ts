import type { Adapter } from '../adapters/adapter.ts';
import { grad } from '../autodiff/grad.ts';
import { chunkFor } from '../losses/chunked-token-loss.ts';
import type { DpoOptions } from '../losses/dpo.ts';
import { tokenCrossEntropy, tokenNegativeLogLikelihood } from '../losses/token-cross-entropy.ts';
import type { Family, ModelConfig, Parameter } from '../models/family.ts';
import { createOps, type Ops } from '../onnx/ops.ts';
import type { ExternalData, Graph, TensorData, Value } from '../onnx/value.ts';
import { adamw, type AdamWOptions, type AdamWScalars } from '../optim/adamw.ts';
import { clipByGlobalNorm } from '../optim/clip-by-global-norm.ts';
import type { FlatLayout } from '../optim/flat-layout.ts';
import { distillationLoss, type Distillation } from './distillation-loss.ts';
import { dropoutInputs } from './dropout.ts';
import type { Neftune } from './neftune.ts';
import { batchInputs, packedForward, type BatchShape } from './packed-forward.ts';
import { preferenceLoss } from './preference-loss.ts';

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
  /** Decides the masks of dropout, with the number of the step. */
  readonly seed?: number;
  /** Whether the layers are computed anew on the way back: less memory, more time. */
  readonly activationCheckpointing?: boolean;
  /** Noise on the embeddings while it learns. */
  readonly neftune?: Neftune;
  /** Who is learned from beside the labels. */
  readonly distillation?: Distillation;
  /** Learns from pairs of answers in place of labels. */
  readonly preference?: DpoOptions;
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

/** The loss that training goes by, summed over the batch, without dropout. */
export function lossGraph(setup: TrainSetup, shape: BatchShape): Graph {
  const ops = createOps('loss');
  const weights = ops.input('weights', 'float32', [setup.layout.total]);
  ops.output('loss', lossOf(ops, setup, shape, forward(ops, setup, shape, weights)));
  return ops.graph();
}

/** The likeliest token after each target, `[slots]`. */
export function nextTokenGraph(setup: TrainSetup, shape: BatchShape): Graph {
  const ops = createOps('next-token');
  const weights = ops.input('weights', 'float32', [setup.layout.total]);
  const { hidden, head } = forward(ops, setup, shape, weights);
  ops.output('token', ops.argMax(ops.matmul(hidden, head, { transB: true }), 1));
  return ops.graph();
}

function lossAndGradient(
  ops: Ops,
  setup: TrainSetup,
  shape: BatchShape,
  weights: Value,
): { loss: Value; gradient: Value } {
  const student = forward(ops, setup, shape, weights, true);
  const loss = lossOf(ops, setup, shape, student);
  const recomputed = setup.activationCheckpointing ? student.stretches : [];
  const gradients = grad(ops, loss, [...student.trained.values()], recomputed);
  const flat = gradients.map((gradient, i) => ops.reshape(gradient, [setup.layout.entries[i]!.length]));
  return { loss, gradient: flat.length === 1 ? flat[0]! : ops.concat(flat, 0) };
}

function lossOf(ops: Ops, setup: TrainSetup, shape: BatchShape, student: ReturnType<typeof forward>): Value {
  const { hidden, head, labels, trained, batch, reference } = student;
  const slotWeights = ops.input('slotWeights', 'float32', [shape.slots]);
  const inputs = { hidden, head, labels, weights: slotWeights };
  const wants = { hidden: true, head: trained.has(setup.family.headWeight(setup.config)) };
  const plan = { chunk: chunkFor(setup.config.vocabulary), wants };
  return ops.scope('loss', () => {
    if (setup.preference) return preferenceLoss(ops, setup.preference, inputs, batch, reference, plan);
    return setup.distillation
      ? distillationLoss(ops, setup.distillation, { ...student, inputs, plan, batch })
      : tokenCrossEntropy(ops, inputs, plan);
  });
}

function forward(ops: Ops, setup: TrainSetup, shape: BatchShape, flat: Value, training = false) {
  const { family, config, adapter, layout } = setup;
  const trained = new Map<string, Value>();
  const pieces =
    layout.entries.length <= 1
      ? [flat]
      : ops.split(
          flat,
          0,
          layout.entries.map((entry) => entry.length),
        );
  layout.entries.forEach(({ parameter }, i) => trained.set(parameter.name, ops.reshape(pieces[i]!, parameter.shape)));
  const batch = batchInputs(ops, shape);
  const initializers = new Map<string, Value>();
  const frozen = (parameter: Parameter): Value => {
    const { name, shape: size } = parameter;
    const known = initializers.get(name) ?? ops.initializer(name, 'float32', size, setup.frozen(parameter));
    initializers.set(name, known);
    return known;
  };
  const reference = { family, config, frozen };
  const network = packedForward(ops, batch, {
    ...reference,
    trained,
    adapter,
    ...(training && adapter.dropout ? { drop: dropoutInputs(ops, adapter.dropout, shape.rows * shape.length) } : {}),
    noisy: training && setup.neftune !== undefined,
  });
  const labels = ops.input('labels', 'int64', [shape.slots]);
  return { ...network, labels, trained, batch, reference };
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

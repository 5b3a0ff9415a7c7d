import type { Batch } from '../data/batch.ts';
import type { Graph } from '../onnx/value.ts';
import { adamwScalars } from '../optim/adamw.ts';
import { createSession, type Session, type SessionOptions } from '../runtime/session.ts';
import type { Tensor } from '../runtime/tensor.ts';
import { teacherWeightFeed } from './distillation-loss.ts';
import { dropoutFeeds } from './dropout.ts';
import { neftuneFeeds } from './neftune.ts';
import { batchFeeds, type BatchShape } from './packed-forward.ts';
import {
  accumulateGraph,
  applyGraph,
  evaluateGraph,
  lossGraph,
  nextTokenGraph,
  stepGraph,
  type TrainSetup,
} from './train-graph.ts';

/** What training moves: flat trained tensors, AdamW's moments and the number of steps taken. The next step empties what the last one made. */
export interface TrainState {
  readonly weights: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly step: number;
}

export interface StepResult {
  /** Mean loss before the update: negative log-likelihood of the supervised tokens in nats, or the loss of a pair. */
  readonly loss: number;
  /** Global norm of the mean gradient before clipping. */
  readonly gradientNorm: number;
  readonly tokens: number;
}

export interface TrainStepOptions extends SessionOptions {
  /** Where the files of frozen weights lie. */
  readonly folder?: string;
  /**
   * Whether only the newest shape of a graph is kept: with packing, another one comes once in a pass, and each holds the frozen
   * weights and memory of its own.
   */
  readonly oneShape?: boolean;
}

/** Runs training graphs on one state; sessions are made once per batch shape. */
export class TrainStep {
  state: TrainState;
  /** The state that the last step made, whose memory the next one gives back. */
  #own: TrainState | null = null;
  readonly #setup: TrainSetup;
  readonly #folder: string | undefined;
  readonly #options: TrainStepOptions;
  readonly #sessions = new Map<string, Promise<Session>>();

  constructor(setup: TrainSetup, state: TrainState, options: TrainStepOptions) {
    this.#setup = setup;
    this.state = state;
    this.#folder = options.folder;
    this.#options = options;
  }

  /** One optimiser step over all batches together; they count by their supervised tokens, however they are cut. */
  async run(batches: readonly Batch[], learningRate: number): Promise<StepResult> {
    const count = batches.reduce((sum, batch) => sum + countOf(batch), 0);
    const tokens = batches.reduce((sum, batch) => sum + batch.tokenCount, 0);
    const scalars = {
      ...adamwScalars(this.#setup.optimizer, learningRate, this.state.step + 1),
      inverseCount: 1 / count,
    };
    const updates = Object.fromEntries(
      Object.entries(scalars).map(([name, value]) => [name, floats([], Float32Array.of(value))]),
    );
    const moments = { first: this.#flat(this.state.first), second: this.#flat(this.state.second), ...updates };
    const weights = this.#flat(this.state.weights);
    const [only] = batches;
    let loss = 0;
    let out: Record<string, Tensor>;
    if (batches.length === 1 && only) {
      const session = await this.#session('step', only);
      out = await session.run({ weights, ...moments, ...this.#trainingFeeds(only, 0) });
      loss = scalarOf(out['loss']);
    } else {
      let gradient = this.#flat(new Float32Array(this.#setup.layout.total));
      for (const [run, batch] of batches.entries()) {
        const session = await this.#session('accumulate', batch);
        const sum = await session.run({ weights, gradient, ...this.#trainingFeeds(batch, run) });
        gradient = sum['gradient.next']!;
        loss += scalarOf(sum['loss']);
      }
      const apply = await this.#session('apply');
      out = await apply.run({ weights, gradient, ...moments });
    }
    const next = (name: string): Float32Array => out[name]!.data as Float32Array;
    const result = { loss: loss / count, gradientNorm: scalarOf(out['gradientNorm']), tokens };
    // A step that is not a number must not replace the last good state.
    if (Number.isFinite(result.loss) && Number.isFinite(result.gradientNorm)) {
      const before = this.state;
      this.state = {
        weights: next('weights.next'),
        first: next('first.next'),
        second: next('second.next'),
        step: this.state.step + 1,
      };
      // Left to the garbage collector, the vectors of several steps would lie about.
      if (before === this.#own)
        for (const { buffer } of [before.weights, before.first, before.second]) (buffer as ArrayBuffer).transfer(0);
      this.#own = this.state;
    }
    return result;
  }

  /** Gradient of the summed loss `[total]` and that loss, without moving the state: for checks. */
  async gradient(batch: Batch): Promise<{ loss: number; gradient: Float32Array }> {
    const session = await this.#session('accumulate', batch);
    const gradient = this.#flat(new Float32Array(this.#setup.layout.total));
    const weights = this.#flat(this.state.weights);
    const out = await session.run({ weights, gradient, ...this.#trainingFeeds(batch, 0) });
    return { loss: scalarOf(out['loss']), gradient: out['gradient.next']!.data as Float32Array };
  }

  /** Negative log-likelihood of each slot of a batch, in nats; padding slots are meaningless. */
  async negativeLogLikelihood(batch: Batch): Promise<Float32Array> {
    const session = await this.#session('evaluate', batch);
    const out = await session.run({ weights: this.#flat(this.state.weights), ...feedsOf(batch, false) });
    return out['nll']!.data as Float32Array;
  }

  /** The loss that training goes by, summed over what it counts: tokens, or pairs. */
  async loss(batch: Batch): Promise<{ loss: number; count: number }> {
    const session = await this.#session('loss', batch);
    const out = await session.run({ weights: this.#flat(this.state.weights), ...feedsOf(batch, true) });
    return { loss: scalarOf(out['loss']), count: countOf(batch) };
  }

  /** The likeliest token after each target of a batch, `[slots]`. */
  async nextTokens(batch: Batch): Promise<BigInt64Array> {
    const session = await this.#session('next', batch);
    const out = await session.run({ weights: this.#flat(this.state.weights), ...feedsOf(batch, false) });
    return out['token']!.data as BigInt64Array;
  }

  async release(): Promise<void> {
    await this.#releaseWhere(() => true);
  }

  async #releaseWhere(isMeant: (key: string) => boolean): Promise<void> {
    for (const [key, session] of [...this.#sessions].filter(([key]) => isMeant(key))) {
      this.#sessions.delete(key);
      await (await session).release();
    }
  }

  #trainingFeeds(batch: Batch, run: number): Record<string, Tensor> {
    const { adapter, neftune, distillation, config, seed = 0 } = this.#setup;
    const { step } = this.state;
    const masks = adapter.dropout ? dropoutFeeds(adapter.dropout, batch.rows * batch.length, { seed, step, run }) : {};
    const noise = neftune ? neftuneFeeds(neftune, batch, config.hidden, { step, run }) : {};
    return { ...feedsOf(batch, true), ...masks, ...noise, ...teacherWeightFeed(distillation, batch) };
  }

  #flat(data: Float32Array): Tensor {
    return floats([this.#setup.layout.total], data);
  }

  async #session(kind: keyof typeof builders | 'apply', batch?: Batch): Promise<Session> {
    const shape = batch && { rows: batch.rows, length: batch.length, slots: batch.targets.length };
    const key = shape ? `${kind}-${shape.rows}x${shape.length}x${shape.slots}` : kind;
    let session = this.#sessions.get(key);
    if (!session) {
      if (this.#options.oneShape) await this.#releaseWhere((other) => other.startsWith(`${kind}-`));
      const graph = kind === 'apply' ? applyGraph(this.#setup) : builders[kind](this.#setup, shape!);
      const source = this.#folder === undefined ? { graph } : { graph, folder: this.#folder };
      session = createSession(source, { ...sessionDefaults, ...this.#options });
      this.#sessions.set(key, session);
    }
    return session;
  }
}

/**
 * No repacked copies of frozen weights: a quarter less memory for a few percent of speed. No active waiting: alone it gains
 * nothing, and beside another busy process it made a step two to four times slower.
 */
const sessionDefaults = { prepacking: false, spinning: false } as const;

const builders = {
  step: stepGraph,
  accumulate: accumulateGraph,
  evaluate: evaluateGraph,
  loss: lossGraph,
  next: nextTokenGraph,
} satisfies Record<string, (setup: TrainSetup, shape: BatchShape) => Graph>;

const floats = (shape: readonly number[], data: Float32Array): Tensor => ({ dtype: 'float32', shape, data });
const scalarOf = (tensor: Tensor | undefined): number => (tensor!.data as Float32Array)[0]!;

function feedsOf(batch: Batch, weighted: boolean): Record<string, Tensor> {
  return {
    ...batchFeeds(batch),
    labels: { dtype: 'int64', shape: [batch.labels.length], data: batch.labels },
    ...(weighted
      ? { slotWeights: floats([batch.weights.length], batch.weights), ...likeliestFeeds(batch), ...pairFeeds(batch) }
      : {}),
  };
}

/** What the mean of a batch's loss is taken over. */
const countOf = ({ pairs, supervisedCount }: Batch): number => pairs?.count ?? supervisedCount;

const pairFeeds = ({ pairs }: Batch): Record<string, Tensor> =>
  pairs ? { pairs: { dtype: 'int64', shape: [pairs.ofSlot.length], data: pairs.ofSlot } } : {};

function likeliestFeeds({ likeliest, targets }: Batch): Record<string, Tensor> {
  if (!likeliest) return {};
  const { tokens, logShares } = likeliest;
  const slots = targets.length;
  return {
    likeliest: { dtype: 'int64', shape: [slots, tokens.length / slots], data: tokens },
    logShares: floats([slots, logShares.length / slots], logShares),
  };
}

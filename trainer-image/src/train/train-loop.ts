import type { Batch, Cursor } from '../data/batch.ts';
import { TrainerError } from '../errors.ts';
import type { Checkpoint, LoopProgress } from './checkpoint.ts';
import type { TrainStep } from './train-step.ts';

export interface LoopReport {
  readonly step: number;
  readonly totalSteps: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Tokens of this step. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly etaSeconds: number;
  readonly validationLoss: number | null;
}

export interface LoopParts {
  readonly trainStep: TrainStep;
  /** Batches from a cursor on, without end. */
  readonly batches: (from: Cursor) => AsyncIterable<Batch> | Iterable<Batch>;
  readonly from: { readonly cursor: Cursor; readonly progress: LoopProgress };
  readonly totalSteps: number;
  /** Batches of one optimiser step. */
  readonly accumulation: number;
  readonly learningRate: (step: number) => number;
  readonly checkpoint: { readonly everySteps: number; readonly save: (checkpoint: Checkpoint) => Promise<void> };
  readonly validation: {
    readonly everySteps: number;
    /** Steps without improvement before training ends early; 0 never does. */
    readonly patience: number;
    readonly loss: () => Promise<number>;
  } | null;
  readonly report: (report: LoopReport) => Promise<void> | void;
  readonly signal: AbortSignal;
  /** Milliseconds, for speed and ETA alone. */
  readonly now: () => number;
}

export interface LoopResult {
  readonly losses: readonly { readonly step: number; readonly loss: number }[];
  readonly validationLoss: number | null;
  readonly stoppedEarly: boolean;
}

/**
 * The only training loop: steps until the total, checkpoints on the way and at the end.
 * Fails with Cancelled after a checkpoint when the signal comes, with LossDiverged when loss or gradient is not a number.
 */
export async function trainLoop(parts: LoopParts): Promise<LoopResult> {
  const { trainStep, totalSteps, checkpoint, validation, signal } = parts;
  const losses: { step: number; loss: number }[] = [];
  let { cursor, progress } = parts.from;
  let validationLoss = progress.bestValidationLoss;
  const mustStop = (): boolean =>
    !!validation && validation.patience > 0 && progress.validationsWithoutImprovement >= validation.patience;
  let stoppedEarly = mustStop();
  let saved = trainStep.state.step;
  const save = async (): Promise<void> => {
    if (saved === trainStep.state.step) return;
    await checkpoint.save({ state: trainStep.state, cursor, progress });
    saved = trainStep.state.step;
  };
  const speed = speedometer(parts.now);
  const batches = iterate(parts.batches(cursor));
  while (trainStep.state.step < totalSteps && !stoppedEarly) {
    // The runtime computes synchronously; this is where signals and progress requests get their turn.
    await new Promise(setImmediate);
    if (signal.aborted) {
      await save();
      throw new TrainerError(
        'Cancelled',
        `Stopped at step ${trainStep.state.step} of ${totalSteps}; a checkpoint is saved, start again to go on from it.`,
      );
    }
    const group = await take(batches, parts.accumulation);
    const step = trainStep.state.step;
    const learningRate = parts.learningRate(step);
    const { loss, gradientNorm, tokens } = await trainStep.run(group, learningRate);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      await save();
      throw new TrainerError(
        'LossDiverged',
        `The loss became ${loss} and the gradient norm ${gradientNorm} at step ${step + 1}; the state before it is kept. Lower training.learningRate (now ${learningRate.toExponential(2)}) or training.gradientClip.`,
      );
    }
    cursor = group.at(-1)!.next;
    losses.push({ step: step + 1, loss });
    const tokensPerSecond = speed(tokens);
    const done = trainStep.state.step;

    if (validation && (done % validation.everySteps === 0 || done === totalSteps)) {
      // The checkpoint comes first: an evaluation that fails must not cost the steps before it.
      await save();
      validationLoss = await validation.loss();
      progress = advance(progress, validationLoss);
      stoppedEarly = mustStop();
      // So that a run that is taken up again after its end knows that it ended.
      if (stoppedEarly) await checkpoint.save({ state: trainStep.state, cursor, progress });
    } else if (done % checkpoint.everySteps === 0 || done === totalSteps) {
      await save();
    }
    await parts.report({
      step: done,
      totalSteps,
      loss,
      gradientNorm,
      learningRate,
      tokens,
      tokensPerSecond,
      etaSeconds: tokensPerSecond > 0 ? ((totalSteps - done) * tokens) / tokensPerSecond : 0,
      validationLoss,
    });
  }
  await save();
  return { losses, validationLoss, stoppedEarly };
}

function advance(progress: LoopProgress, loss: number): LoopProgress {
  const improved = progress.bestValidationLoss === null || loss < progress.bestValidationLoss;
  return improved
    ? { bestValidationLoss: loss, validationsWithoutImprovement: 0 }
    : { ...progress, validationsWithoutImprovement: progress.validationsWithoutImprovement + 1 };
}

function iterate(batches: AsyncIterable<Batch> | Iterable<Batch>): AsyncIterator<Batch> | Iterator<Batch> {
  return Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
}

async function take(batches: AsyncIterator<Batch> | Iterator<Batch>, count: number): Promise<Batch[]> {
  const group: Batch[] = [];
  while (group.length < count) {
    const { value, done } = await batches.next();
    if (done) throw new TrainerError('DataInvalid', 'The data ended although passes repeat; a source is empty.');
    group.push(value);
  }
  return group;
}

/** Tokens per second over the last twenty steps. */
function speedometer(now: () => number): (tokens: number) => number {
  const marks: { at: number; tokens: number }[] = [{ at: now(), tokens: 0 }];
  return (tokens) => {
    marks.push({ at: now(), tokens });
    if (marks.length > 21) marks.shift();
    const elapsed = (marks.at(-1)!.at - marks[0]!.at) / 1000;
    const counted = marks.slice(1).reduce((sum, mark) => sum + mark.tokens, 0);
    return elapsed > 0 ? counted / elapsed : 0;
  };
}

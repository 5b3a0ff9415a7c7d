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

/** A step whose loss or gradient was not a number, and what was done about it. */
export interface Rollback {
  /** How often it has happened in this training. */
  readonly count: number;
  readonly step: number;
  readonly toStep: number;
  /** The learning rate that the failed step is tried with next. */
  readonly learningRate: number;
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
  readonly checkpoint: {
    readonly everySteps: number;
    readonly save: (checkpoint: Checkpoint) => Promise<void>;
    /** What was saved at that step, or the start at step 0; everything later is forgotten. */
    readonly goBack: (step: number) => Promise<Omit<Checkpoint, 'progress'>>;
  };
  readonly validation: {
    readonly everySteps: number;
    /** Steps without improvement before training ends early; 0 never does. */
    readonly patience: number;
    readonly loss: () => Promise<number>;
  } | null;
  readonly samples: { readonly everySteps: number; readonly complete: () => Promise<readonly string[]> } | null;
  readonly report: (report: LoopReport) => Promise<void> | void;
  readonly rolledBack: (rollback: Rollback) => void;
  readonly signal: AbortSignal;
  /** Milliseconds, for speed and ETA alone. */
  readonly now: () => number;
}

export interface LoopResult {
  readonly losses: readonly { readonly step: number; readonly loss: number }[];
  readonly validationLoss: number | null;
  readonly stoppedEarly: boolean;
  readonly progress: LoopProgress;
}

/** Completions that a checkpoint carries at most. */
const mostCompletions = 50;

/** How often a training goes back before it is given up. */
const mostRollbacks = 3;

/** The last step with a checkpoint that every run of the job has, wherever it was cut off; 0 is the start. */
export const lastRegularStep = (step: number, everySteps: number): number => step - (step % everySteps);

/**
 * The only training loop: steps until the total, checkpoints on the way and at the end. When loss or gradient is not a
 * number it goes back to the last regular checkpoint at half the learning rate; that too depends on the steps alone, so a
 * run that is cut off meanwhile ends in the same bytes.
 * Fails with Cancelled after a checkpoint when the signal comes, with LossDiverged when going back three times did not help.
 */
export async function trainLoop(parts: LoopParts): Promise<LoopResult> {
  const { trainStep, totalSteps, checkpoint, validation, samples, signal } = parts;
  const losses: { step: number; loss: number }[] = [];
  let { cursor, progress } = parts.from;
  let validationLoss = progress.bestValidationLoss;
  const validate = async (step: number): Promise<void> => {
    if (!validation || (step % validation.everySteps !== 0 && step !== totalSteps)) return;
    validationLoss = await validation.loss();
    progress = advance(progress, validationLoss, step);
  };
  const mustStop = (): boolean =>
    !!validation && validation.patience > 0 && progress.validationsWithoutImprovement >= validation.patience;
  // A checkpoint comes before the validation of its step: a run that goes on from there has that to do first.
  const from = trainStep.state.step;
  if (from > 0 && progress.validatedStep !== from) await validate(from);
  let stoppedEarly = mustStop();
  let saved = trainStep.state.step;
  const save = async (): Promise<void> => {
    if (saved === trainStep.state.step) return;
    await checkpoint.save({ state: trainStep.state, cursor, progress });
    saved = trainStep.state.step;
  };
  const speed = speedometer(parts.now);
  let batches = iterate(parts.batches(cursor));
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
    const group = await take(batches, parts.accumulation).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    // What makes a batch may stop in the middle of it; the head of the loop saves and says so.
    if (!group) continue;
    const step = trainStep.state.step;
    const learningRate = parts.learningRate(step) * 0.5 ** progress.rollbacks;
    const { loss, gradientNorm, tokens } = await trainStep.run(group, learningRate);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      if (progress.rollbacks === mostRollbacks) {
        await save();
        throw diverged(loss, gradientNorm, step + 1, learningRate);
      }
      const earlier = await checkpoint.goBack(lastRegularStep(step, checkpoint.everySteps));
      trainStep.state = earlier.state;
      cursor = earlier.cursor;
      progress = { ...progress, rollbacks: progress.rollbacks + 1 };
      saved = earlier.state.step;
      losses.splice(losses.findLastIndex((entry) => entry.step <= saved) + 1);
      batches = iterate(parts.batches(cursor));
      parts.rolledBack({ count: progress.rollbacks, step: step + 1, toStep: saved, learningRate: learningRate / 2 });
      continue;
    }
    cursor = group.at(-1)!.next;
    losses.push({ step: step + 1, loss });
    const tokensPerSecond = speed(tokens);
    const done = trainStep.state.step;

    if (samples && done % samples.everySteps === 0)
      progress = withCompletions(progress, { step: done, answers: await samples.complete() });
    if (done % checkpoint.everySteps === 0 || done === totalSteps) await save();
    await validate(done);
    stoppedEarly = mustStop();
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
  return { losses, validationLoss, stoppedEarly, progress };
}

/** The first completions and the newest; what lies between is forgotten first. */
function withCompletions(progress: LoopProgress, entry: LoopProgress['completions'][number]): LoopProgress {
  const all = [...progress.completions.filter(({ step }) => step < entry.step), entry];
  return { ...progress, completions: all.length > mostCompletions ? all.toSpliced(1, 1) : all };
}

const diverged = (loss: number, gradientNorm: number, step: number, learningRate: number): TrainerError =>
  new TrainerError(
    'LossDiverged',
    `The loss became ${loss} and the gradient norm ${gradientNorm} at step ${step}, also after going back ${mostRollbacks} times to a checkpoint at half the learning rate; the state before it is kept. Lower training.learningRate (now ${learningRate.toExponential(2)}) or training.gradientClip.`,
  );

function advance(progress: LoopProgress, loss: number, step: number): LoopProgress {
  const improved = progress.bestValidationLoss === null || loss < progress.bestValidationLoss;
  const unchanged = progress.validationsWithoutImprovement;
  return improved
    ? { ...progress, bestValidationLoss: loss, bestStep: step, validationsWithoutImprovement: 0, validatedStep: step }
    : { ...progress, validationsWithoutImprovement: unchanged + 1, validatedStep: step };
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

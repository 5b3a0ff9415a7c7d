import { join } from 'node:path';
import { TrainerError } from '../errors.ts';
import { learningRate } from '../optim/schedule.ts';
import { readJsonObject, writeJson } from '../weights/json-file.ts';
import { noProgressYet } from './checkpoint.ts';
import { trainLoop, type LoopParts } from './train-loop.ts';
import type { TrainState, TrainStep } from './train-step.ts';

/** What a short try at one learning rate came to. */
export interface LearningRateTry {
  readonly learningRate: number;
  /** Validation loss after it, or the mean training loss of its last quarter; null when a loss was not a number. */
  readonly loss: number | null;
}

export interface SearchParts extends Pick<LoopParts, 'batches' | 'accumulation' | 'signal' | 'now'> {
  readonly trainStep: TrainStep;
  readonly initial: () => Promise<TrainState>;
  /** The rate in the middle. */
  readonly around: number;
  readonly tries: number;
  readonly steps: number;
  readonly validationLoss: (() => Promise<number>) | null;
  /** Where finished tries are kept, so that a resumed search goes on. */
  readonly folder: string;
  readonly name: string;
  readonly fingerprint: string;
  readonly tried: (done: LearningRateTry) => void;
}

/** Rates that lie a factor of three apart around the one in the middle, the lowest first. */
export const ratesAround = (middle: number, tries: number): number[] =>
  Array.from({ length: tries }, (_, index) => middle * 3 ** (index - Math.floor(tries / 2)));

/**
 * Short trainings from the same start on the same batches at several rates, each with a warm-up over a tenth and then
 * constant. The state of `trainStep` is left behind; fails with LossDiverged when no rate gave a number.
 */
export async function searchLearningRate(parts: SearchParts): Promise<readonly LearningRateTry[]> {
  const file = join(parts.folder, `${parts.name}.json`);
  const known = await readJsonObject(file);
  const done = known?.['fingerprint'] === parts.fingerprint ? (known['tries'] as LearningRateTry[]) : [];
  const tries = [...done];
  for (const rate of ratesAround(parts.around, parts.tries).slice(done.length)) {
    const result = { learningRate: rate, loss: await lossAt(rate, parts) };
    tries.push(result);
    await writeJson(file, { fingerprint: parts.fingerprint, tries });
    parts.tried(result);
  }
  return tries;
}

/** The rate of the lowest loss; fails with LossDiverged when there is none. */
export function bestRate(tries: readonly LearningRateTry[]): number {
  const finite = tries.filter((each): each is { learningRate: number; loss: number } => each.loss !== null);
  if (finite.length === 0)
    throw new TrainerError(
      'LossDiverged',
      `The loss was not a number at any of the learning rates ${tries.map((each) => each.learningRate.toExponential(2)).join(', ')}; lower training.learningRate.`,
    );
  return finite.reduce((best, each) => (each.loss < best.loss ? each : best)).learningRate;
}

async function lossAt(peak: number, parts: SearchParts): Promise<number | null> {
  const { trainStep, steps } = parts;
  const schedule = { schedule: 'Constant', peak, warmupSteps: Math.round(steps / 10), totalSteps: steps } as const;
  trainStep.state = await parts.initial();
  try {
    const { losses } = await trainLoop({
      trainStep,
      batches: parts.batches,
      from: { cursor: { pass: 0, batch: 0 }, progress: noProgressYet },
      totalSteps: steps,
      accumulation: parts.accumulation,
      learningRate: (step) => learningRate(schedule, step),
      checkpoint: { everySteps: steps, save: async () => undefined, goBack: () => Promise.reject(new NotANumber()) },
      validation: null,
      samples: null,
      report: () => undefined,
      rolledBack: () => undefined,
      signal: parts.signal,
      now: parts.now,
    });
    if (parts.validationLoss) return finiteOrNull(await parts.validationLoss());
    const last = losses.slice(-Math.ceil(steps / 4));
    return last.reduce((sum, { loss }) => sum + loss, 0) / last.length;
  } catch (error) {
    if (error instanceof NotANumber) return null;
    throw error;
  }
}

/** A try does not go back: a rate that fails is worth nothing. */
class NotANumber extends Error {}

const finiteOrNull = (loss: number): number | null => (Number.isFinite(loss) ? loss : null);

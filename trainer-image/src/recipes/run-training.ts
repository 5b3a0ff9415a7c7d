import { join } from 'node:path';
import type { Task } from '@wikigpt/schema/task.ts';
import type { Batch, Cursor } from '../data/batch.ts';
import type { Batches } from '../data/batches.ts';
import { TrainerError } from '../errors.ts';
import type { DpoOptions } from '../losses/dpo.ts';
import type { Parameter } from '../models/family.ts';
import { learningRate } from '../optim/schedule.ts';
import {
  forgetLater,
  loadCheckpoint,
  loadCheckpointAt,
  noProgressYet,
  saveCheckpoint,
  type Checkpoint,
} from '../train/checkpoint.ts';
import type { TrainingPlan } from '../train/plan-training.ts';
import { asksInGraph, type Distillation } from '../train/distillation-loss.ts';
import { bestRate, searchLearningRate, type LearningRateTry } from '../train/search-learning-rate.ts';
import { lastRegularStep, trainLoop, type LoopParts, type LoopReport, type LoopResult } from '../train/train-loop.ts';
import { TrainStep, type TrainState } from '../train/train-step.ts';
import { validationLoss } from '../train/validation-loss.ts';
import type { BaseModel } from './base-model.ts';
import { formatDecimal } from './format-numbers.ts';
import type { RunEnvironment } from './run-environment.ts';
import type { SampleCompletions } from './sample-prompts.ts';

export interface TrainingParts {
  readonly task: Task;
  readonly plan: TrainingPlan;
  readonly base: BaseModel;
  readonly batches: Batches;
  readonly validation: Batches | null;
  readonly initial: () => Promise<TrainState>;
  /** Who is learned from beside the labels. */
  readonly distillation?: Distillation;
  /** Learns from pairs of answers. */
  readonly preference?: DpoOptions;
  readonly samples?: SampleCompletions | null;
  /** Makes of a batch what its graph needs beside the data, at the state that is to learn from it. */
  readonly complete?: (batch: Batch, state: TrainState) => Promise<Batch>;
  /** Which training of a job that has several this is; each has checkpoints of its own. */
  readonly turn?: { readonly index: number; readonly count: number };
  /** Exactly so many steps, whatever the spec says. */
  readonly exactSteps?: number;
  readonly env: RunEnvironment;
}

export interface TrainingOutcome {
  readonly trainStep: TrainStep;
  readonly result: LoopResult;
  /** The rates that were tried before, where a search was asked for. */
  readonly tries: readonly LearningRateTry[] | null;
  /** The step whose weights the state now has. */
  readonly publishedStep: number;
  /** Wall time of this process's share of the training. */
  readonly seconds: number;
  /** Tokens trained by this process. */
  readonly tokens: number;
}

/** Second-moment decay: 0.98 forgets the large gradients of the first steps within a short run. */
const optimizer = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 };

/** Trains from the newest checkpoint, or from the start, to the last step. */
export async function runTraining(parts: TrainingParts): Promise<TrainingOutcome> {
  const { task, plan, base, batches, validation, distillation, env } = parts;
  const { training, checkpoint } = task.spec;
  const loadsBest = checkpoint.loadBestAtEnd;
  if (!validation && (loadsBest || training.earlyStopping))
    throw new TrainerError(
      'DataInvalid',
      `${loadsBest ? 'checkpoint.loadBestAtEnd' : 'training.earlyStopping'} goes by the validation loss, but no record was held out for it; raise data.split.validationPercent or remove it.`,
    );
  const turn = parts.turn ?? { index: 0, count: 1 };
  const folder = join(env.work, turn.index === 0 ? 'checkpoints' : `checkpoints-${turn.index}`);
  const fingerprint = task.metadata.uid;
  const resumed = await loadCheckpoint(folder, fingerprint);
  const beginning = async () => ({ state: await parts.initial(), cursor: { pass: 0, batch: 0 } });
  const start: Checkpoint = resumed ?? { ...(await beginning()), progress: noProgressYet };
  env.progress.report({ phase: resumed ? 'Resuming' : 'Training' });

  const perPass = Math.max(1, Math.ceil(batches.countOf(0) / plan.accumulation));
  const asked = parts.exactSteps ?? training.maxSteps ?? Math.max(1, Math.round(Number(training.epochs) * perPass));
  const totalSteps = plan.layout.total === 0 ? 0 : asked;
  const weights = await sessionWeights(
    plan,
    base,
    distillation && asksInGraph(distillation) ? distillation.teacher.folder : undefined,
  );
  const trainStep = new TrainStep(
    {
      ...plan,
      frozen: weights.frozen,
      optimizer: { ...optimizer, weightDecay: Number(training.weightDecay) },
      gradientClip: Number(training.gradientClip),
      seed: training.seed,
      ...(training.neftuneNoiseAlpha === undefined
        ? {}
        : { neftune: { alpha: Number(training.neftuneNoiseAlpha), seed: training.seed } }),
      ...(distillation ? { distillation } : {}),
      ...(parts.preference ? { preference: parts.preference } : {}),
    },
    start.state,
    {
      threads: env.threads,
      oneShape: training.packing,
      ...(weights.folder === undefined ? {} : { folder: weights.folder }),
    },
  );
  const { complete } = parts;
  const batchesFrom = (from: Cursor) =>
    complete ? completed(batches.from(from), (batch) => complete(batch, trainStep.state)) : batches.from(from);
  const tries = await searched(parts, trainStep, batchesFrom, turn.index);
  trainStep.state = start.state;
  const schedule = {
    schedule: training.schedule,
    peak: tries ? bestRate(tries) : Number(training.learningRate),
    warmupSteps: Math.round((totalSteps * training.warmupPercent) / 100),
    totalSteps,
  };
  const from = start.state.step;
  env.logger.info(resumed ? 'resuming' : 'training', { from, totalSteps, trained: plan.layout.total });
  const before = turn.index * totalSteps;
  const began = env.now();
  let tokens = 0;
  let phase: 'Resuming' | 'Training' = resumed ? 'Resuming' : 'Training';
  const result = await trainLoop({
    trainStep,
    batches: batchesFrom,
    from: start,
    totalSteps,
    accumulation: plan.accumulation,
    learningRate: (step) => learningRate(schedule, step),
    checkpoint: {
      everySteps: checkpoint.everySteps,
      async save(snapshot) {
        const { step } = snapshot.state;
        const { bestStep } = snapshot.progress;
        const digest = await saveCheckpoint(folder, fingerprint, snapshot, {
          newest: checkpoint.keep,
          steps: [lastRegularStep(step, checkpoint.everySteps), ...(loadsBest && bestStep !== null ? [bestStep] : [])],
        });
        const savedAt = env.date().toISOString();
        env.progress.report({ checkpoint: { step: step + before, digest, savedAt } });
      },
      async goBack(step) {
        await forgetLater(folder, step);
        return step === 0 ? beginning() : loadCheckpointAt(folder, fingerprint, step);
      },
    },
    validation: validation && {
      everySteps: checkpoint.everySteps,
      patience: parts.exactSteps === undefined ? (training.earlyStopping?.patience ?? 0) : 0,
      loss: () => validationLoss(trainStep, validation),
    },
    samples: parts.samples
      ? { everySteps: parts.samples.everySteps, complete: () => parts.samples!.complete(trainStep) }
      : null,
    report(step) {
      tokens += step.tokens;
      const report = { progress: progressOf(step, turn) };
      if (step.step % checkpoint.everySteps === 0 || step.step === totalSteps || step.step === from + 1)
        env.logger.info('step', report.progress);
      // The first step of a resumed run is the sign that it goes on.
      env.progress.report(phase === 'Resuming' ? { phase: 'Training', ...report } : report);
      phase = 'Training';
    },
    rolledBack({ count, step, toStep, learningRate }) {
      const rollbacks = {
        count,
        step: step + before,
        toStep: toStep + before,
        learningRate: formatDecimal(learningRate),
      };
      env.logger.warn('rolled back', rollbacks);
      env.progress.report({ rollbacks });
    },
    signal: env.signal,
    now: env.now,
  });
  // What a step needs is not needed any more; who asks for a session gets a new one.
  await trainStep.release();
  const last = trainStep.state.step;
  const publishedStep = (loadsBest && result.progress.bestStep) || last;
  if (publishedStep !== last) {
    const { state } = await loadCheckpointAt(folder, fingerprint, publishedStep);
    // As many steps were taken as before; the weights are those of an earlier one.
    trainStep.state = { ...state, step: last };
    env.logger.info('best checkpoint', { step: publishedStep, validationLoss: result.progress.bestValidationLoss });
  }
  return { trainStep, result, tries, publishedStep, seconds: (env.now() - began) / 1000, tokens };
}

/** What a search for the learning rate found, also one that an earlier process finished. */
async function searched(
  { task, plan, validation, initial, env }: TrainingParts,
  trainStep: TrainStep,
  batches: LoopParts['batches'],
  turn: number,
): Promise<readonly LearningRateTry[] | null> {
  const { training } = task.spec;
  if (!training.learningRateSearch) return null;
  return searchLearningRate({
    trainStep,
    batches,
    accumulation: plan.accumulation,
    initial,
    around: Number(training.learningRate),
    ...training.learningRateSearch,
    validationLoss: validation && (() => validationLoss(trainStep, validation)),
    folder: env.work,
    name: turn === 0 ? 'learning-rates' : `learning-rates-${turn}`,
    fingerprint: task.metadata.uid,
    tried: (done) => env.logger.info('learning rate tried', { ...done }),
    signal: env.signal,
    now: env.now,
  });
}

async function* completed(batches: Iterable<Batch>, complete: (batch: Batch) => Promise<Batch>): AsyncGenerator<Batch> {
  for (const batch of batches) yield await complete(batch);
}

/**
 * Where a session finds what is not trained. Files may lie in one folder alone: a teacher's is the larger, and the
 * student's frozen tensors are then read into memory unless they lie there as well.
 */
async function sessionWeights({ layout, parameters }: TrainingPlan, base: BaseModel, ofTeacher: string | undefined) {
  const own = base.inference?.folder;
  if (ofTeacher === undefined || own === ofTeacher)
    return { folder: own ?? ofTeacher, frozen: ({ name }: Parameter) => base.inference!.weight(name) };
  const trained = new Set(layout.entries.map(({ parameter }) => parameter.name));
  const inMemory = new Map<string, Float32Array>();
  for (const parameter of parameters)
    if (!trained.has(parameter.name)) inMemory.set(parameter.name, await base.tensor!(parameter));
  return { folder: ofTeacher, frozen: ({ name }: Parameter) => inMemory.get(name)! };
}

/** Progress over all trainings of the job. */
function progressOf(step: LoopReport, { index, count }: { readonly index: number; readonly count: number }) {
  const { tokens, tokensPerSecond } = step;
  const later = tokensPerSecond > 0 ? ((count - index - 1) * step.totalSteps * tokens) / tokensPerSecond : 0;
  return {
    step: step.step + index * step.totalSteps,
    totalSteps: step.totalSteps * count,
    loss: formatDecimal(step.loss),
    ...(step.validationLoss === null ? {} : { validationLoss: formatDecimal(step.validationLoss) }),
    tokensPerSecond: formatDecimal(step.tokensPerSecond),
    learningRate: formatDecimal(step.learningRate),
    gradNorm: formatDecimal(step.gradientNorm),
    etaSeconds: Math.max(0, Math.round(step.etaSeconds + later)),
  };
}

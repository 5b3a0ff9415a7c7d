import { join } from 'node:path';
import type { FineTuneTask } from '@wikigpt/schema/task.ts';
import type { Batches } from '../data/batches.ts';
import type { Parameter } from '../models/family.ts';
import { learningRate } from '../optim/schedule.ts';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '../train/checkpoint.ts';
import type { TrainingPlan } from '../train/plan-training.ts';
import { trainLoop, type LoopReport, type LoopResult } from '../train/train-loop.ts';
import { TrainStep, type TrainState } from '../train/train-step.ts';
import type { BaseModel } from './base-model.ts';
import { formatDecimal } from './format-numbers.ts';
import type { RunEnvironment } from './run-environment.ts';

export interface TrainingParts {
  readonly task: FineTuneTask;
  readonly plan: TrainingPlan;
  readonly base: BaseModel;
  readonly batches: Batches;
  readonly validation: Batches | null;
  readonly initial: () => Promise<TrainState>;
  readonly env: RunEnvironment;
}

export interface TrainingOutcome {
  readonly trainStep: TrainStep;
  readonly result: LoopResult;
  /** Wall time of this process's share of the training. */
  readonly seconds: number;
  /** Tokens trained by this process. */
  readonly tokens: number;
}

/** Second-moment decay: 0.98 forgets the large gradients of the first steps within a short run. */
const optimizer = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 };

/** Trains from the newest checkpoint, or from the start, to the last step. */
export async function runTraining(parts: TrainingParts): Promise<TrainingOutcome> {
  const { task, plan, base, batches, validation, env } = parts;
  const { training, checkpoint } = task.spec;
  const folder = join(env.work, 'checkpoints');
  const fingerprint = task.metadata.uid;
  const resumed = await loadCheckpoint(folder, fingerprint);
  const start: Checkpoint = resumed ?? {
    state: await parts.initial(),
    cursor: { pass: 0, batch: 0 },
    progress: { bestValidationLoss: null, validationsWithoutImprovement: 0 },
  };
  env.progress.report({ phase: resumed ? 'Resuming' : 'Training' });

  const perPass = Math.max(1, Math.ceil(batches.countOf(0) / plan.accumulation));
  const totalSteps = training.maxSteps ?? Math.max(1, Math.round(Number(training.epochs) * perPass));
  const trainStep = new TrainStep(
    {
      ...plan,
      frozen: (parameter: Parameter) => base.inference!.weight(parameter.name),
      optimizer: { ...optimizer, weightDecay: Number(training.weightDecay) },
      gradientClip: Number(training.gradientClip),
    },
    start.state,
    {
      threads: env.threads,
      ...(base.inference?.folder === undefined ? {} : { folder: base.inference.folder }),
    },
  );
  const schedule = {
    schedule: training.schedule,
    peak: Number(training.learningRate),
    warmupSteps: Math.round((totalSteps * training.warmupPercent) / 100),
    totalSteps,
  };
  const from = start.state.step;
  env.logger.info(resumed ? 'resuming' : 'training', { from, totalSteps, trained: plan.layout.total });
  const began = env.now();
  let tokens = 0;
  let phase: 'Resuming' | 'Training' = resumed ? 'Resuming' : 'Training';
  const result = await trainLoop({
    trainStep,
    batches: (from) => batches.from(from),
    from: start,
    totalSteps,
    accumulation: plan.accumulation,
    learningRate: (step) => learningRate(schedule, step),
    checkpoint: {
      everySteps: checkpoint.everySteps,
      async save(snapshot) {
        const digest = await saveCheckpoint(folder, fingerprint, snapshot, checkpoint.keep);
        const savedAt = env.date().toISOString();
        env.progress.report({ checkpoint: { step: snapshot.state.step, digest, savedAt } });
      },
    },
    validation: validation && {
      everySteps: checkpoint.everySteps,
      patience: training.earlyStopping?.patience ?? 0,
      loss: () => validationLoss(trainStep, validation),
    },
    report(step) {
      tokens += step.tokens;
      const report = { progress: progressOf(step) };
      if (step.step % checkpoint.everySteps === 0 || step.step === totalSteps || step.step === from + 1)
        env.logger.info('step', report.progress);
      // The first step of a resumed run is the sign that it goes on.
      env.progress.report(phase === 'Resuming' ? { phase: 'Training', ...report } : report);
      phase = 'Training';
    },
    signal: env.signal,
    now: env.now,
  });
  return { trainStep, result, seconds: (env.now() - began) / 1000, tokens };
}

/** Mean negative log-likelihood of the supervised tokens of the validation part, in nats. */
async function validationLoss(trainStep: TrainStep, validation: Batches): Promise<number> {
  let [sum, count] = [0, 0];
  for (const batch of validation.pass(0)) {
    const nll = await trainStep.negativeLogLikelihood(batch);
    for (let i = 0; i < batch.supervisedCount; i++) sum += nll[i]!;
    count += batch.supervisedCount;
  }
  return sum / count;
}

function progressOf(step: LoopReport) {
  return {
    step: step.step,
    totalSteps: step.totalSteps,
    loss: formatDecimal(step.loss),
    ...(step.validationLoss === null ? {} : { validationLoss: formatDecimal(step.validationLoss) }),
    tokensPerSecond: formatDecimal(step.tokensPerSecond),
    learningRate: formatDecimal(step.learningRate),
    gradNorm: formatDecimal(step.gradientNorm),
    etaSeconds: Math.max(0, Math.round(step.etaSeconds)),
  };
}

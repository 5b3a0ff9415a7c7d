import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ProgressReport } from '@wikigpt/schema/task.ts';

/** The job that a trainer's series are of. */
export type JobLabels = Readonly<Record<'kind' | 'namespace' | 'name', string>>;

/** A training step as it is counted. */
export interface StepMeasurement {
  readonly progress: NonNullable<ProgressReport['progress']>;
  /** Since the end of the step before; absent for the first step of a process. */
  readonly seconds?: number;
}

/** What a trainer counts, beside what the operator shows of its reports. */
export interface TrainingMetrics {
  readonly registry: Registry;
  observe(measurement: StepMeasurement): void;
}

/** A registry with the series of one job. */
export function createTrainingMetrics(labels: JobLabels): TrainingMetrics {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name: `wikigpt_training_${name}`, help, registers });
  const step = gauge('step', 'Optimizer steps done.');
  const learningRate = gauge('learning_rate', 'Learning rate of the last step.');
  const gradientNorm = gauge('gradient_norm', 'Norm of the gradient before clipping.');
  const validationLoss = gauge('validation_loss', 'Last validation loss in nats for each token.');
  const seconds = new Histogram({
    name: 'wikigpt_training_step_seconds',
    help: 'From the end of a step to the end of the next, checkpoints and validation included.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  return {
    registry,
    observe({ progress, seconds: took }) {
      step.set(progress.step);
      if (progress.learningRate !== undefined) learningRate.set(Number(progress.learningRate));
      if (progress.gradNorm !== undefined) gradientNorm.set(Number(progress.gradNorm));
      if (progress.validationLoss !== undefined) validationLoss.set(Number(progress.validationLoss));
      if (took !== undefined) seconds.observe(took);
    },
  };
}

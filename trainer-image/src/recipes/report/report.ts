import type { DataReport, DistillReport, EvaluationStatus } from '@wikigpt/schema/job-status.ts';

/** One test question with its reference and what the model wrote. */
export interface Sample {
  readonly prompt: string;
  readonly reference: string;
  readonly answer: string;
  readonly set: string;
}

/** What the model made of a fixed prompt at one step. */
export interface Completion {
  readonly step: number;
  readonly prompt: string;
  readonly reference: string;
  readonly answer: string;
}

/** Everything a run leaves behind for people: written as report.json and drawn as report.html. */
export interface Report {
  readonly job: string;
  readonly createdAt: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly model: {
    readonly family: string;
    readonly parameters: number;
    readonly trainableParameters: number;
    readonly method: string;
    readonly baseDigest: string | null;
  };
  readonly data: DataReport;
  readonly training: {
    readonly steps: number;
    readonly tokens: number;
    readonly seconds: number;
    readonly validationLoss: number | null;
    readonly stoppedEarly: boolean;
    /** The step whose weights are published: the last, or that of the lowest validation loss. */
    readonly publishedStep: number;
    /** How often training went back to a checkpoint because the loss was not a number. */
    readonly rollbacks: number;
    /** Short trainings at several learning rates that came before. */
    readonly learningRates?: readonly { readonly learningRate: number; readonly loss: number | null }[];
    /** What fixed prompts were completed with on the way. */
    readonly completions: readonly Completion[];
    readonly losses: readonly { readonly step: number; readonly loss: number }[];
  };
  readonly evaluation: EvaluationStatus;
  /** Teacher and student side by side, in the report of a DistillJob. */
  readonly distillation?: DistillReport;
  readonly samples: readonly Sample[];
  /** The whole task, so that the run can be repeated. */
  readonly spec: unknown;
}

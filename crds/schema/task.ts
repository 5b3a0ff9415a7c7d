/** The contract between the operator and a pod: what it is told, what it reports, and how its exit code reads. */
import { z } from 'zod';
import { apiVersion, tasks, trainerPhases, type FailureReason } from './catalog.ts';
import { chatModelSpec } from './chat-model.ts';
import { distillJobSpec } from './distill-job.ts';
import { fineTuneJobSpec } from './fine-tune-job.ts';
import {
  artifact,
  checkpointStatus,
  dataReport,
  distillReport,
  estimate,
  evaluationStatus,
  progress,
  rollbacks,
} from './job-status.ts';
import { text } from './scalars.ts';

const identity = z.object({ namespace: text(63), name: text(253), uid: text(64) });

/** A place in a store, and the Secret with its credentials, which is mounted by its name. */
const storePlace = { uri: text(1024), secretRef: z.object({ name: text(253) }).optional() };

/** A model whose files a training pod reads. */
const modelPlace = { ...storePlace, revision: text(128).optional(), digest: text(71).optional() };
const modelFiles = z.object(modelPlace);
export type ModelFiles = z.infer<typeof modelFiles>;
const trainingTask = { apiVersion: z.literal(apiVersion), metadata: identity, output: z.object(storePlace) };

/** What the pod of a FineTuneJob is told, in task.json; base is null for a model from scratch. */
export const fineTuneTask = z.object({
  ...trainingTask,
  kind: z.literal('FineTuneJob'),
  spec: fineTuneJobSpec,
  base: modelFiles.nullable(),
});
export type FineTuneTask = z.infer<typeof fineTuneTask>;

/** What the pod of a DistillJob is told: the teacher as files or as a server to ask, the student as files or null when it is made there. */
export const distillTask = z.object({
  ...trainingTask,
  kind: z.literal('DistillJob'),
  spec: distillJobSpec,
  teacher: z.union([modelFiles, z.object({ url: text(1024), model: text(253), secretRef: storePlace.secretRef })]),
  student: modelFiles.nullable(),
});
export type DistillTask = z.infer<typeof distillTask>;

export const task = z.discriminatedUnion('kind', [fineTuneTask, distillTask]);
export type Task = z.infer<typeof task>;

/** What a serving pod is told, in task.json. */
export const serveTask = z.object({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('ChatModel'),
  metadata: identity,
  spec: chatModelSpec,
  revision: text(253),
  model: z.object({
    ...modelPlace,
    name: text(253),
    task: z.enum(tasks).optional(),
  }),
  /** The ChatModel that the page compares with; its address once it has one. */
  peer: z.object({ name: text(253), url: text(1024).optional() }).optional(),
});
export type ServeTask = z.infer<typeof serveTask>;

/** What a training pod sends to the progress endpoint; every part replaces what was known of it. */
export const progressReport = z.object({
  phase: z.enum(trainerPhases).optional(),
  progress: progress.optional(),
  data: dataReport.optional(),
  estimate: estimate.optional(),
  checkpoint: checkpointStatus.optional(),
  rollbacks: rollbacks.optional(),
  evaluation: evaluationStatus.optional(),
  artifact: artifact.optional(),
  /** Of a DistillJob alone. */
  report: distillReport.optional(),
});
export type ProgressReport = z.infer<typeof progressReport>;

export interface ExitMeaning {
  readonly reason: FailureReason;
  /** Whether the same task could succeed when it is tried again. */
  readonly retryable: boolean;
}

/** What a trainer's exit code means; 0 is success, also when the gate failed. */
export const exitCodes: Readonly<Record<number, ExitMeaning>> = {
  64: { reason: 'InvalidSpec', retryable: false },
  65: { reason: 'DataInvalid', retryable: false },
  66: { reason: 'DigestMismatch', retryable: false },
  67: { reason: 'ModelIncompatible', retryable: false },
  68: { reason: 'OutOfMemory', retryable: false },
  69: { reason: 'LossDiverged', retryable: false },
  70: { reason: 'TrainerFailed', retryable: true },
  71: { reason: 'CheckpointCorrupt', retryable: false },
  72: { reason: 'ExportUnverified', retryable: false },
  // A full disk, missing permission or a taken port: the message says which, and trying again changes nothing.
  73: { reason: 'TrainerFailed', retryable: false },
  77: { reason: 'TrainerFailed', retryable: false },
  78: { reason: 'TrainerFailed', retryable: false },
};

/** Exit codes of a process that a signal stopped (SIGINT, SIGTERM): it resumes, and no retry is counted. */
export const stoppedBySignal: readonly number[] = [130, 143];

/** The meaning of a failed trainer's exit code; a code that no table has is a failure worth another try. */
export function meaningOfExit(code: number): ExitMeaning {
  return exitCodes[code] ?? { reason: 'TrainerFailed', retryable: true };
}

import { z } from 'zod';
import { forgettingTexts, gateVerdicts, metrics, outputFormats, scoredModels } from './catalog.ts';
import { conditions, observedGeneration } from './metadata.ts';
import { modelSizes } from './model-sizes.ts';
import { block, measured, digest, integer, text, timestamp } from './scalars.ts';

const count = integer(0, Number.MAX_SAFE_INTEGER);

export const progress = block('The newest progress; curves are in the metrics and in the report.', {
  step: count.describe('Optimizer steps done.'),
  totalSteps: count.describe('Optimizer steps to do.'),
  loss: measured.optional().describe('Training loss in nats for each supervised token.'),
  validationLoss: measured.optional().describe('Loss on the validation part.'),
  tokensPerSecond: measured.optional().describe('Tokens trained in a second.'),
  learningRate: measured.optional().describe('Learning rate of this step.'),
  gradNorm: measured.optional().describe('Norm of the gradient before clipping.'),
  etaSeconds: count.optional().describe('Seconds until training ends.'),
  steps: text(64).optional().describe('step and totalSteps as kubectl shows them.'),
  eta: text(32).optional().describe('etaSeconds as kubectl shows it.'),
  updatedAt: timestamp.optional().describe('When this was reported.'),
});

export const estimate = block(
  'The memory that the job needs: as the operator asks for it, then as the trainer finds it.',
  {
    memory: text(32).describe('Memory of the pod, such as 3Gi.'),
    basis: text(1024).describe('What it is made of, or why it is not known.'),
  },
);

export const dataReport = block('What was found in the data.', {
  records: count.describe('Records kept.'),
  dropped: count.default(0).describe('Records dropped.'),
  train: count.optional().describe('Records in the training part.'),
  validation: count.optional().describe('Records in the validation part.'),
  test: count.optional().describe('Records in the test part.'),
  leakagePercent: measured.optional().describe('Share of test records found in the training part.'),
  digest: digest.optional().describe('Digest of the records kept.'),
});

export const checkpointStatus = block('The newest checkpoint.', {
  step: count.describe('Step it was saved at.'),
  digest: digest.describe('Digest of its files.'),
  savedAt: timestamp.describe('When it was saved.'),
});

export const rollbacks = block('The last time that training went back, because loss or gradient was not a number.', {
  count: count.describe('How often it has gone back.'),
  step: count.describe('Step that failed.'),
  toStep: count.describe('Checkpoint that it went back to; 0 is the start.'),
  learningRate: measured.describe('Learning rate of that step from then on: half of what it was.'),
});

const score = block('One metric of the tuned model on the main test set.', {
  metric: z.enum(metrics).describe('Which metric.'),
  value: measured.describe('Its value.'),
  low: measured.describe('Lower end of the 95 % bootstrap interval.'),
  high: measured.describe('Upper end of the 95 % bootstrap interval.'),
  signature: text(256).describe('How it was computed.'),
  count: count.optional().describe('Records scored.'),
});

export const scoreRow = block('One row of the comparison.', {
  model: z.enum(scoredModels).describe('Tuned, the teacher, the student that learned alone, or the baseline.'),
  set: text(63).describe('test, or the name of a further test set.'),
  language: text(16).optional().describe('Records of this language only.'),
  metric: z.enum(metrics).describe('Which metric.'),
  value: measured.describe('Its value.'),
  low: measured.describe('Lower end of the 95 % bootstrap interval.'),
  high: measured.describe('Upper end of the 95 % bootstrap interval.'),
  count: count.describe('Records scored.'),
});

const forgetting = block('How well the model still reads texts that it was not trained on.', {
  text: z.enum(forgettingTexts).describe('Whose texts: of the manifest, or the built-in one.'),
  tokens: count.describe('Tokens read.'),
  before: measured.describe('Perplexity of the base.'),
  after: measured.describe('Perplexity of the tuned model.'),
  lossRise: measured.describe(
    'Rise of the loss in nats a token; 0 when nothing is forgotten, negative when it reads better.',
  ),
});
export type Forgetting = z.infer<typeof forgetting>;

export const evaluationStatus = block('The measured result.', {
  scores: z.array(score).max(metrics.length).describe('The tuned model on the main test set.'),
  rows: z.array(scoreRow).max(512).default([]).describe('Every model on every set.'),
  gate: z.enum(gateVerdicts).describe('Whether the gate let it pass.'),
  reasons: z.array(text(1024)).max(16).optional().describe('The requirements that did not hold.'),
  summary: text(64).describe('The first metric as kubectl shows it.'),
  forgetting: forgetting.optional(),
});

export const artifact = block('The published result.', {
  uri: text(1024).describe('Where it lies.'),
  digest: digest.describe('Digest of its files.'),
  formats: z.array(z.enum(outputFormats)).max(outputFormats.length).describe('What it holds.'),
  verified: z.boolean().describe('Whether reading it back gave the same answers.'),
  model: modelSizes.optional(),
});

const comparedScore = block('The first metric of one model on the main test set.', {
  value: measured.describe('Its value.'),
  low: measured.describe('Lower end of the 95 % bootstrap interval.'),
  high: measured.describe('Upper end of the 95 % bootstrap interval.'),
});

export const distillReport = block('Teacher and student side by side.', {
  metric: z.enum(metrics).describe('Which metric.'),
  teacher: comparedScore.describe('The teacher.'),
  student: comparedScore.describe('The student that learned from the teacher.'),
  studentAlone: comparedScore
    .optional()
    .describe('The same student, as long on the same answers, without the teacher.'),
  retainedPercent: measured.describe('Score of the student in percent of the score of the teacher.'),
  sizeRatio: measured
    .optional()
    .describe(
      'Parameters of the teacher for each of the student; absent for a teacher that is asked over the network.',
    ),
  speedup: measured.optional().describe('Tokens a second of the student for each of the teacher, when served here.'),
});

const statusFields = {
  observedGeneration: observedGeneration.optional(),
  method: text(32).optional().describe('The method as kubectl shows it.'),
  startTime: timestamp.optional().describe('When the job was first let run.'),
  completionTime: timestamp.optional().describe('When the job ended.'),
  conditions: conditions.optional(),
  progress: progress.optional(),
  estimate: estimate.optional(),
  data: dataReport.optional(),
  checkpoint: checkpointStatus.optional(),
  rollbacks: rollbacks.optional(),
  evaluation: evaluationStatus.optional(),
  artifact: artifact.optional(),
  restarts: block('How often the pod was replaced.', {
    evictions: count.default(0).describe('By the cluster; these cost no retry.'),
    failures: count.default(0).describe('By its own failure; backoffLimit of these are allowed.'),
  }).optional(),
};

export const jobStatus = block('What is known of the job.', {
  base: text(256).optional().describe('The base as kubectl shows it.'),
  ...statusFields,
});
export type JobStatus = z.infer<typeof jobStatus>;

export const distillJobStatus = block('What is known of the job.', {
  teacher: text(256).optional().describe('The teacher as kubectl shows it.'),
  student: text(256).optional().describe('The student as kubectl shows it.'),
  ...statusFields,
  report: distillReport.optional(),
});
export type DistillJobStatus = z.infer<typeof distillJobStatus>;
export type DistillReport = z.infer<typeof distillReport>;
export type Progress = z.infer<typeof progress>;
export type Score = z.infer<typeof score>;
export type ScoreRow = z.infer<typeof scoreRow>;
export type EvaluationStatus = z.infer<typeof evaluationStatus>;
export type Artifact = z.infer<typeof artifact>;
export type Estimate = z.infer<typeof estimate>;
export type DataReport = z.infer<typeof dataReport>;
export type CheckpointStatus = z.infer<typeof checkpointStatus>;

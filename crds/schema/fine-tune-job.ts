import { z } from 'zod';
import { base } from './base.ts';
import { apiVersion, managers, outputFormats, outputSchemes, tasks } from './catalog.ts';
import { data } from './data.ts';
import { evaluation } from './evaluation.ts';
import { changeable, deadlineOnlyRises, keepsFields } from './immutable.ts';
import { jobStatus } from './job-status.ts';
import { objectMeta, shortName } from './metadata.ts';
import { method } from './method.ts';
import { pod, resources } from './pod.ts';
import { block, integer, seconds, text, uri, withRules } from './scalars.ts';
import { checkpoint, training } from './training.ts';

const output = block('Where the result goes.', {
  uri: uri(outputSchemes)
    .default('pvc://wikigpt-models')
    .describe('Address of a place; the operator adds namespace, name and a part of the uid.'),
  formats: z
    .array(z.enum(outputFormats))
    .min(1)
    .max(outputFormats.length)
    .default(['Merged'])
    .describe(
      'Adapter: the trained part alone (PEFT). Merged: a whole model folder. GGUF: one file for other engines.',
    ),
});
export type Output = z.infer<typeof output>;

/** Fields that every job kind has beside its own blocks. */
const jobControls = {
  queueName: text(63).min(1).optional().describe('Kueue queue of the child Job.'),
  managedBy: z.enum(managers).default('wikigpt.dev/operator').describe('Which controller acts on the object.'),
  suspend: z.boolean().default(false).describe('true stops the pod after a checkpoint; false goes on from there.'),
  activeDeadlineSeconds: seconds(315_360_000)
    .min(1)
    .optional()
    .describe('Longest time from the first start to the end; it can be raised later.'),
  preRunningDeadlineSeconds: seconds().min(1).optional().describe('Longest time to wait for a pod to run.'),
  backoffLimit: integer(0, 100).default(3).describe('Retries after a failure; evictions do not count.'),
  ttlSecondsAfterFinished: seconds(315_360_000)
    .optional()
    .describe('Seconds after the end until the object is removed; kept when absent. The artifact stays.'),
};

const specFields = {
  base: base,
  task: z.enum(tasks).default('QA').describe('What the model is for; it decides which metrics fit.'),
  data,
  method,
  training: training.prefault({}),
  checkpoint: checkpoint.prefault({}),
  evaluation: evaluation.prefault({}),
  output: output.prefault({}),
  resources: resources.prefault({}),
  pod: pod.prefault({}),
  ...jobControls,
};

export const fineTuneJobSpec = block('What to train, on what, and what it must reach.', specFields, [
  {
    rule: '!has(self.base.scratch) || has(self.method.full)',
    message: 'base.scratch has only random weights: write method: {full: {}}, and tune its result with another job',
    fieldPath: '.method',
  },
  {
    rule: "!has(self.method.full) || !self.output.formats.exists(format, format == 'Adapter')",
    message: 'method full trains every weight and makes no adapter: remove Adapter from output.formats',
    fieldPath: '.output.formats',
  },
  {
    rule: "!has(self.base.scratch) || (!self.evaluation.baselines.exists(name, name in ['Base', 'FewShot']) && (!has(self.evaluation.gate) || !self.evaluation.gate.require.exists(entry, has(entry.betterThan) && entry.betterThan in ['Base', 'FewShot'])))",
    message: 'base.scratch has no model to compare with: use Majority as a baseline, or a gate with min or max',
    fieldPath: '.evaluation',
  },
  {
    rule: '!has(self.base.scratch) || !has(self.training.sequenceLength) || self.training.sequenceLength <= self.base.scratch.context',
    message: 'training.sequenceLength must be at most base.scratch.context',
    fieldPath: '.training.sequenceLength',
  },
  ...keepsFields(Object.keys(specFields).filter((name) => !changeable.includes(name))),
  deadlineOnlyRises,
]);
export type FineTuneJobSpec = z.infer<typeof fineTuneJobSpec>;

export const fineTuneJob = z
  .object({
    apiVersion: z.literal(apiVersion),
    kind: z.literal('FineTuneJob'),
    metadata: objectMeta,
    spec: fineTuneJobSpec,
    status: jobStatus.optional(),
  })
  .meta({
    description: 'Trains a model on data, scores it, and publishes it when it passes its gate.',
    ...withRules([shortName]),
  });
export type FineTuneJob = z.infer<typeof fineTuneJob>;
export type FineTuneJobManifest = z.input<typeof fineTuneJob>;

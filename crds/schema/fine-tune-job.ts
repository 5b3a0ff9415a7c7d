import { z } from 'zod';
import { base } from './base.ts';
import { apiVersion } from './catalog.ts';
import { data } from './data.ts';
import { dpo, pairsForDpo } from './dpo.ts';
import { changeable, deadlineOnlyRises, keepsFields } from './immutable.ts';
import { jobStatus } from './job-status.ts';
import { objectMeta, shortName } from './metadata.ts';
import { method } from './method.ts';
import { block, withRules } from './scalars.ts';
import {
  formatsOfMethods,
  runFields,
  scratchStandsAlone,
  task,
  trainingFields,
  validationIsHeldOut,
} from './training-job.ts';

const specFields = { base, task, data, method, dpo: dpo.optional(), ...trainingFields, ...runFields };

export const fineTuneJobSpec = block('What to train, on what, and what it must reach.', specFields, [
  {
    rule: '!has(self.base.scratch) || has(self.method.full)',
    message: 'base.scratch has only random weights: write method: {full: {}}, and tune its result with another job',
    fieldPath: '.method',
  },
  {
    rule: '!has(self.evaluation.gate) || !self.evaluation.gate.require.exists(entry, has(entry.retainedPercent))',
    message: 'retainedPercent compares a student with its teacher: use min, max or betterThan, or make a DistillJob',
    fieldPath: '.evaluation.gate',
  },
  ...formatsOfMethods,
  ...pairsForDpo,
  validationIsHeldOut,
  ...scratchStandsAlone('base'),
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

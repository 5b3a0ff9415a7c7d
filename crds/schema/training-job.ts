/** What every kind that trains has: its data, how it trains, how it is measured, where it runs and where the result goes. */
import { z } from 'zod';
import { secretRef } from './base.ts';
import { managers, outputFormats, outputSchemes, tasks } from './catalog.ts';
import { evaluation } from './evaluation.ts';
import { pod, resources } from './pod.ts';
import { block, integer, seconds, text, uri, type Rule } from './scalars.ts';
import { checkpoint, training } from './training.ts';

const output = block(
  'Where the result goes.',
  {
    uri: uri(outputSchemes)
      .optional()
      .describe(
        'Address of a place, to which the operator adds namespace, name and a part of the uid; its default store when absent, which is pvc://wikigpt-models unless it was given another.',
      ),
    secretRef: secretRef.optional(),
    formats: z
      .array(z.enum(outputFormats))
      .min(1)
      .max(outputFormats.length)
      .default(['Merged'])
      .describe(
        'Adapter: the trained part alone (PEFT). Merged: a whole model folder. GGUF: one file for other engines.',
      ),
  },
  [
    {
      rule: "!has(self.secretRef) || !has(self.uri) || !(self.uri.startsWith('pvc://') || self.uri.startsWith('file://'))",
      message: 'pvc:// and file:// need no credentials: remove secretRef',
      fieldPath: '.secretRef',
    },
  ],
);
export type Output = z.infer<typeof output>;

export const task = z.enum(tasks).default('QA').describe('What the model is for; it decides which metrics fit.');

/** How it trains and how the result is measured. */
export const trainingFields = {
  training: training.prefault({}),
  checkpoint: checkpoint.prefault({}),
  evaluation: evaluation.prefault({}),
  output: output.prefault({}),
};

/** Where it runs, and who decides when. */
export const runFields = {
  resources: resources.prefault({}),
  pod: pod.prefault({}),
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

/** Not every method makes every format. */
export const formatsOfMethods: readonly Rule[] = [
  {
    rule: "!has(self.method.full) || !self.output.formats.exists(format, format == 'Adapter')",
    message: 'method full trains every weight and makes no adapter: remove Adapter from output.formats',
    fieldPath: '.output.formats',
  },
  {
    rule: "!(has(self.method.topLayers) || has(self.method.template)) || !self.output.formats.exists(format, format == 'Adapter')",
    message: 'methods topLayers and template make no adapter: remove Adapter from output.formats',
    fieldPath: '.output.formats',
  },
  {
    rule: "!(has(self.method.softPrompt) || has(self.method.prefix)) || self.output.formats.all(format, format == 'Adapter')",
    message:
      'methods softPrompt and prefix cannot be folded into the weights of the base: write output: {formats: [Adapter]}, which a ChatModel serves as well',
    fieldPath: '.output.formats',
  },
];

export const validationIsHeldOut: Rule = {
  rule: '!(has(self.training.earlyStopping) || self.checkpoint.loadBestAtEnd) || self.data.split.validationPercent > 0',
  message:
    'training.earlyStopping and checkpoint.loadBestAtEnd go by the validation loss: write data.split.validationPercent, such as 5',
  fieldPath: '.data.split.validationPercent',
};

/** A model of random weights, at `field` of the spec, knows nothing to compare with and ends at its own context. */
export function scratchStandsAlone(field: string): readonly Rule[] {
  const scratch = `${field}.scratch`;
  return [
    {
      rule: `!has(self.${scratch}) || (!self.evaluation.baselines.exists(name, name in ['Base', 'FewShot']) && (!has(self.evaluation.gate) || !self.evaluation.gate.require.exists(entry, has(entry.betterThan) && entry.betterThan in ['Base', 'FewShot'])))`,
      message: `${scratch} has no model to compare with: use Majority as a baseline, or a gate with min or max`,
      fieldPath: '.evaluation',
    },
    {
      rule: `!has(self.${scratch}) || !has(self.evaluation.forgetting)`,
      message: `${scratch} knows nothing that it could forget: remove evaluation.forgetting`,
      fieldPath: '.evaluation.forgetting',
    },
    {
      rule: `!has(self.${scratch}) || !has(self.training.sequenceLength) || self.training.sequenceLength <= self.${scratch}.context`,
      message: `training.sequenceLength must be at most ${scratch}.context`,
      fieldPath: '.training.sequenceLength',
    },
  ];
}

import { z } from 'zod';
import { baselines, gateFailureActions, metrics, metricsByTask, tasks, testSetParts } from './catalog.ts';
import type { Baseline, MetricName, TaskName } from './catalog.ts';
import { source } from './data.ts';
import { block, decimal, dnsLabel, integer, seconds } from './scalars.ts';

const decoding = block('How the model writes its test answers.', {
  maxNewTokens: integer(1, 32_768).default(64).describe('Longest answer in tokens.'),
  temperature: decimal({ min: 0, max: 5 }).default('0').describe('0 always takes the likeliest token.'),
});

export const testSet = block('A further test set, scored beside the main one.', {
  name: dnsLabel.describe('Name of the set in the report.'),
  sources: z.array(source).min(1).max(16).describe('Where its records come from.'),
  part: z
    .enum(testSetParts)
    .default('All')
    .describe('TestEntities keeps only records whose entity is in the test part of the main split.'),
});

export const requirement = block(
  'One condition on one metric of the main test set.',
  {
    metric: z.enum(metrics).describe('Which metric.'),
    min: decimal()
      .optional()
      .describe('Lowest value that passes; BLEU and chrF go from 0 to 100, exact match, F1 and ROUGE from 0 to 1.'),
    max: decimal().optional().describe('Highest value that passes, for metrics such as Perplexity.'),
    betterThan: z.enum(baselines).optional().describe('The baseline that the model must beat.'),
    retainedPercent: decimal({ above: 0 })
      .optional()
      .describe('Least share of the score of the teacher, in percent; of a DistillJob.'),
  },
  [
    {
      rule: 'has(self.min) || has(self.max) || has(self.betterThan) || has(self.retainedPercent)',
      message: 'write min, max or betterThan, such as min: "0.6" or betterThan: Base',
    },
  ],
);

export const gate = block('What the result must reach before it may be served.', {
  require: z.array(requirement).min(1).max(16).describe('All of these must hold.'),
  onFailure: z
    .enum(gateFailureActions)
    .default('Reject')
    .describe('Reject ends the job with GateFailed; Hold waits for a decision with GateHeld.'),
});

const ratings = block('People compare blind pairs of answers before the gate decides.', {
  sampleSize: integer(1, 1000).default(50).describe('Pairs to compare.'),
  minRaters: integer(1, 100).default(2).describe('Different people who must rate.'),
  minWinRate: decimal({ min: 0, max: 1 }).default('0.55').describe('Share of pairs that the new model must win.'),
  timeoutSeconds: seconds().min(60).default(172_800).describe('Time to wait for the ratings.'),
});

const forgetting = block('How well the model still reads other texts, before and after.', {
  sources: z
    .array(source)
    .min(1)
    .max(16)
    .optional()
    .describe('Texts that training does not contain; a short built-in text in English and Chinese when absent.'),
});
export type ForgettingSpec = z.infer<typeof forgetting>;

const fittingMetrics = tasks.map((task) => `${task}: ${metricsByTask[task].join(' ')}`).join('; ');

export const evaluation = block(
  'How the result is measured.',
  {
    metrics: z
      .array(z.enum(metrics))
      .min(1)
      .max(metrics.length)
      .optional()
      .describe(`Which metrics; when absent, those that fit the task. ${fittingMetrics}.`),
    decoding: decoding.prefault({}),
    baselines: z
      .array(z.enum(baselines))
      .max(baselines.length)
      .default([])
      .describe(
        'What else is scored on the same records: the base alone, the base with solved examples, the most frequent answer. A baseline that the gate names is always scored.',
      ),
    testSets: z
      .array(testSet)
      .max(8)
      .default([])
      .meta({
        description: 'Further test sets.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    gate: gate.optional(),
    ratings: ratings.optional(),
    forgetting: forgetting.optional(),
  },
  [
    {
      rule: '!has(self.gate) || !has(self.metrics) || self.gate.require.all(entry, entry.metric in self.metrics)',
      message: 'every metric in gate.require must be listed in metrics: add it there',
      fieldPath: '.gate',
    },
    {
      rule: "self.testSets.all(set, set.name != 'test')",
      message: 'test is the name of the main test set: choose another name',
      fieldPath: '.testSets',
    },
  ],
);
export type Evaluation = z.infer<typeof evaluation>;
export type Gate = z.infer<typeof gate>;
export type Requirement = z.infer<typeof requirement>;
export type TestSet = z.infer<typeof testSet>;

/** The metrics to compute: those written, or those that fit the task. */
export function metricsFor(task: TaskName, spec: Evaluation): readonly MetricName[] {
  return spec.metrics ?? metricsByTask[task];
}

/** The baselines to score: those written and those that the gate compares with. */
export function baselinesFor(spec: Evaluation): readonly Baseline[] {
  const compared = spec.gate?.require.map((entry) => entry.betterThan) ?? [];
  return baselines.filter((name) => spec.baselines.includes(name) || compared.includes(name));
}

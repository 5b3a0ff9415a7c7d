import type { MetricName } from '@wikigpt/schema/catalog.ts';
import { TrainerError } from '../errors.ts';
import { bootstrapInterval, defaultResampling, packRows, pairedBootstrap, sumRows } from './bootstrap.ts';
import type { PairedDifference, Resampling, Rows, ScoreOfSums } from './bootstrap.ts';
import { metrics } from './metrics/index.ts';
import type { LikelihoodMetricName, TextMetricName } from './metrics/index.ts';
import type { Likelihood, MetricOptions, TextExample, TextMetric } from './metrics/metric.ts';

/** A score that another person can check: with its 95 % bootstrap interval and the way it was computed. */
export interface Score {
  readonly metric: MetricName;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly signature: string;
  /** Examples scored. */
  readonly count: number;
}

/** A score with what each example added to it, so that it can be compared example by example with another. */
export interface Measurement {
  readonly score: Score;
  readonly rows: Rows;
}

export type MeasureOptions = MetricOptions & Partial<Resampling>;

/**
 * Scores written answers against their references.
 *
 * @throws TrainerError DataInvalid without examples, or when an example has no reference.
 */
export function measureTexts(
  metric: TextMetricName,
  examples: readonly TextExample[],
  options: MeasureOptions,
): Measurement {
  requireExamples(metric, examples);
  const bare = examples.findIndex(({ references }) => references.length === 0);
  if (bare >= 0)
    throw new TrainerError('DataInvalid', `Example ${bare + 1} has no reference to score ${metric} against; add one.`);
  const { settle, row, score, signature }: TextMetric = metrics[metric];
  const settled = settle?.(examples, options) ?? options;
  const rows = packRows(examples.map((example) => row(example, settled)));
  return summarise(metric, rows, score, signature(examples, settled), options);
}

/**
 * Scores how well a model foresaw texts.
 *
 * @throws TrainerError DataInvalid without examples, or when no token of them was scored.
 */
export function measureLikelihoods(
  metric: LikelihoodMetricName,
  examples: readonly Likelihood[],
  options: Partial<Resampling> = {},
): Measurement {
  requireExamples(metric, examples);
  // Neither metric depends on the language of the text.
  const metricOptions: MetricOptions = { language: 'en' };
  const { row, score, signature } = metrics[metric];
  // An example without scored tokens says nothing, and a resample of such ones would have no score.
  const scored = examples.filter(({ tokens, bytes }) => tokens > 0 && bytes > 0);
  if (scored.length === 0)
    throw new TrainerError('DataInvalid', `None of the ${examples.length} examples has a token to score ${metric} on.`);
  const rows = packRows(scored.map((example) => row(example, metricOptions)));
  return summarise(metric, rows, score, signature(scored, metricOptions), options);
}

/** Compares two systems measured with one metric on the same examples in the same order. */
export function compareMeasurements(
  metric: MetricName,
  first: Measurement,
  second: Measurement,
  options: Partial<Resampling> = {},
): PairedDifference {
  return pairedBootstrap(first.rows, second.rows, metrics[metric].score, { ...defaultResampling, ...options });
}

function requireExamples(metric: MetricName, examples: readonly unknown[]): void {
  if (examples.length === 0)
    throw new TrainerError('DataInvalid', `There is no example to score ${metric} on; the test set is empty.`);
}

function summarise(
  metric: MetricName,
  rows: Rows,
  score: ScoreOfSums,
  signature: string,
  options: Partial<Resampling>,
): Measurement {
  const resampling = {
    seed: options.seed ?? defaultResampling.seed,
    resamples: options.resamples ?? defaultResampling.resamples,
  };
  return {
    rows,
    score: {
      metric,
      value: score(sumRows(rows), rows.count),
      ...bootstrapInterval(rows, score, resampling),
      signature: `${signature}|bs:${resampling.resamples}|seed:${resampling.seed}`,
      count: rows.count,
    },
  };
}

import { lowerIsBetter } from '@wikigpt/schema/catalog.ts';
import type { Baseline, MetricName, ScoredModel } from '@wikigpt/schema/catalog.ts';
import type { Gate, Requirement } from '@wikigpt/schema/evaluation.ts';
import { compareMeasurements } from './measure.ts';
import type { Measurement } from './measure.ts';

/** Every model's measurements on the main test set. */
export type Measured = Readonly<Partial<Record<ScoredModel, Readonly<Partial<Record<MetricName, Measurement>>>>>>;

export interface Verdict {
  readonly passed: boolean;
  /** A sentence for each requirement that did not hold. */
  readonly failures: readonly string[];
}

/** Decides whether a tuned model reached what its gate requires. */
export function judge(gate: Pick<Gate, 'require'>, measured: Measured): Verdict {
  const failures = gate.require.flatMap((requirement) => judgeRequirement(requirement, measured));
  return { passed: failures.length === 0, failures };
}

function judgeRequirement({ metric, min, max, betterThan }: Requirement, measured: Measured): string[] {
  const tuned = measured.Tuned?.[metric];
  if (tuned === undefined) return [`${metric} is required but was not measured; list it in evaluation.metrics.`];
  const { value } = tuned.score;
  const found = `${metric} is ${round(value)}`;
  const failures: string[] = [];
  // Written so that a score that is not a number fails.
  if (min !== undefined && !(value >= Number(min))) failures.push(`${found}, required is at least ${min}.`);
  if (max !== undefined && !(value <= Number(max))) failures.push(`${found}, required is at most ${max}.`);
  if (betterThan !== undefined) failures.push(...judgeComparison(metric, tuned, betterThan, measured));
  return failures;
}

/** Better means beyond chance: the whole paired 95 % interval of the difference is on the right side of zero. */
function judgeComparison(metric: MetricName, tuned: Measurement, baseline: Baseline, measured: Measured): string[] {
  const other = measured[baseline]?.[metric];
  if (other === undefined)
    return [`${metric} of ${baseline} was not measured, so the model cannot be compared with it.`];
  const { difference, low, high } = compareMeasurements(metric, tuned, other);
  const better = lowerIsBetter.includes(metric) ? high < 0 : low > 0;
  if (better) return [];
  const wrongSide = lowerIsBetter.includes(metric) ? difference >= 0 : difference <= 0;
  const why = wrongSide
    ? 'which is no better'
    : `which may be chance with ${tuned.score.count} examples (paired 95 % interval of the difference ${round(low)} to ${round(high)})`;
  return [
    `${metric} is ${round(tuned.score.value)} against ${round(other.score.value)} of ${baseline}, ${why}; required is better than ${baseline}.`,
  ];
}

const round = (value: number): string => (Math.abs(value) >= 10 ? value.toFixed(2) : value.toFixed(3));

import { lowerIsBetter } from '@wikigpt/schema/catalog.ts';
import type { Baseline, MetricName, ScoredModel } from '@wikigpt/schema/catalog.ts';
import type { Gate, Requirement } from '@wikigpt/schema/evaluation.ts';
import { compareMeasurements } from './measure.ts';
import { retainedPercent } from './retained-percent.ts';
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

function judgeRequirement({ metric, min, max, betterThan, ...rest }: Requirement, measured: Measured): string[] {
  const tuned = measured.Tuned?.[metric];
  if (tuned === undefined) return [`${metric} is required but was not measured; list it in evaluation.metrics.`];
  const { value } = tuned.score;
  const found = `${metric} is ${round(value)}`;
  const failures: string[] = [];
  // Written so that a score that is not a number fails.
  if (min !== undefined && !(value >= Number(min))) failures.push(`${found}, required is at least ${min}.`);
  if (max !== undefined && !(value <= Number(max))) failures.push(`${found}, required is at most ${max}.`);
  if (betterThan !== undefined) failures.push(...judgeComparison(metric, tuned, betterThan, measured));
  if (rest.retainedPercent !== undefined)
    failures.push(...judgeRetained(metric, value, rest.retainedPercent, measured.Teacher?.[metric]));
  return failures;
}

function judgeRetained(metric: MetricName, value: number, required: string, teacher: Measurement | undefined) {
  if (teacher === undefined) return [`${metric} of the teacher was not measured, so no share of it can be required.`];
  const retained = retainedPercent(metric, teacher.score.value, value);
  if (retained >= Number(required)) return [];
  return [
    `${metric} is ${round(value)}, ${retained.toFixed(1)} % of the ${round(teacher.score.value)} of the teacher, required are ${required} %.`,
  ];
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

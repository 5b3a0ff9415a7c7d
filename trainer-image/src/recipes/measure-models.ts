import { languages, type Language, type MetricName, type ScoredModel } from '@wikigpt/schema/catalog.ts';
import type { ScoreRow } from '@wikigpt/schema/job-status.ts';
import { measureLikelihoods, measureTexts, type Measurement } from '../evaluate/measure.ts';
import { isTextMetric } from '../evaluate/metrics/index.ts';
import type { Likelihood } from '../evaluate/metrics/metric.ts';
import { formatScore } from './format-numbers.ts';
import type { TestItem } from './test-set.ts';

/** What one model made of one test set: an answer and a likelihood for each item, where it has them. */
export interface ModelOutput {
  readonly model: ScoredModel;
  readonly set: string;
  readonly items: readonly TestItem[];
  readonly answers: readonly string[] | null;
  readonly likelihoods: readonly Likelihood[] | null;
}

export interface MeasuredOutput {
  readonly rows: readonly ScoreRow[];
  /** Over all languages, for the gate and the scores. */
  readonly measurements: ReadonlyMap<MetricName, Measurement>;
}

/** Scores one model's output by every metric that it has the numbers for, over all records and by language. */
export function measureOutput(output: ModelOutput, metrics: readonly MetricName[], seed: number): MeasuredOutput {
  const present = languages.filter((language) => output.items.some((item) => item.language === language));
  const groups: (Language | undefined)[] = [undefined, ...(present.length > 1 ? present : [])];
  const rows: ScoreRow[] = [];
  const measurements = new Map<MetricName, Measurement>();
  for (const metric of metrics)
    for (const language of groups) {
      const chosen = [...output.items.keys()].filter(
        (i) => language === undefined || output.items[i]!.language === language,
      );
      const measured = measure(output, metric, chosen, seed);
      if (!measured) continue;
      if (language === undefined) measurements.set(metric, measured);
      const { value, low, high, count } = measured.score;
      rows.push({
        model: output.model,
        set: output.set,
        ...(language === undefined ? {} : { language }),
        metric,
        value: formatScore(value),
        low: formatScore(low),
        high: formatScore(high),
        count,
      });
    }
  return { rows, measurements };
}

function measure(
  { items, answers, likelihoods }: ModelOutput,
  metric: MetricName,
  chosen: readonly number[],
  seed: number,
): Measurement | null {
  if (!isTextMetric(metric))
    return (
      likelihoods &&
      measureLikelihoods(
        metric,
        chosen.map((i) => likelihoods[i]!),
        { seed },
      )
    );
  if (!answers) return null;
  const examples = chosen.map((i) => ({
    prediction: answers[i]!,
    references: [items[i]!.reference],
    language: items[i]!.language,
  }));
  return measureTexts(metric, examples, { language: items[chosen[0]!]!.language, seed });
}

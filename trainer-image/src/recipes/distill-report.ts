import { lowerIsBetter, type MetricName, type ScoredModel } from '@wikigpt/schema/catalog.ts';
import type { DistillReport } from '@wikigpt/schema/job-status.ts';
import type { InferenceModel } from '../generate/decode-graph.ts';
import { parameterCount } from '../models/parameter-count.ts';
import { formatScore } from './format-numbers.ts';
import type { MeasuredOutput } from './measure-models.ts';

export interface ComparedModels {
  readonly metric: MetricName;
  readonly teacher: Pick<InferenceModel, 'family' | 'config'>;
  readonly student: Pick<InferenceModel, 'family' | 'config'>;
  /** Tokens a second. */
  readonly speeds: { readonly teacher: number; readonly student: number };
}

/** Teacher, student and student alone side by side on the main test set. */
export function compareModels(
  main: ReadonlyMap<ScoredModel, MeasuredOutput>,
  { metric, teacher, student, speeds }: ComparedModels,
): DistillReport {
  const of = (model: ScoredModel) => main.get(model)!.measurements.get(metric)!.score;
  const written = (model: ScoredModel) => {
    const { value, low, high } = of(model);
    return { value: formatScore(value), low: formatScore(low), high: formatScore(high) };
  };
  const [theirs, own] = [of('Teacher').value, of('Tuned').value];
  const [over, under] = lowerIsBetter.includes(metric) ? [theirs, own] : [own, theirs];
  return {
    metric,
    teacher: written('Teacher'),
    student: written('Tuned'),
    studentAlone: written('StudentAlone'),
    // A teacher that knows nothing has nothing to retain.
    retainedPercent: (under === 0 ? 100 : (100 * over) / under).toFixed(1),
    sizeRatio: (sizeOf(teacher) / sizeOf(student)).toFixed(2),
    speedup: (speeds.student / speeds.teacher).toFixed(2),
  };
}

const sizeOf = ({ family, config }: Pick<InferenceModel, 'family' | 'config'>): number =>
  parameterCount(family.parameters(config));

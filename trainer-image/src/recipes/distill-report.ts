import type { MetricName, ScoredModel } from '@wikigpt/schema/catalog.ts';
import type { DistillReport } from '@wikigpt/schema/job-status.ts';
import { retainedPercent } from '../evaluate/retained-percent.ts';
import type { InferenceModel } from '../generate/decode-graph.ts';
import { parameterCount } from '../models/parameter-count.ts';
import { formatScore } from './format-numbers.ts';
import type { MeasuredOutput } from './measure-models.ts';

export interface ComparedModels {
  readonly metric: MetricName;
  /** Null where it is asked over the network. */
  readonly teacher: Pick<InferenceModel, 'family' | 'config'> | null;
  readonly student: Pick<InferenceModel, 'family' | 'config'>;
  /** Tokens that the student writes for each of the teacher's; null where they do not run on the same machine. */
  readonly speedup: number | null;
}

/** Teacher, student and student alone side by side on the main test set. */
export function compareModels(
  main: ReadonlyMap<ScoredModel, MeasuredOutput>,
  { metric, teacher, student, speedup }: ComparedModels,
): DistillReport {
  const of = (model: ScoredModel) => main.get(model)!.measurements.get(metric)!.score;
  const written = (model: ScoredModel) => {
    const { value, low, high } = of(model);
    return { value: formatScore(value), low: formatScore(low), high: formatScore(high) };
  };
  return {
    metric,
    teacher: written('Teacher'),
    student: written('Tuned'),
    studentAlone: written('StudentAlone'),
    retainedPercent: retainedPercent(metric, of('Teacher').value, of('Tuned').value).toFixed(1),
    ...(teacher ? { sizeRatio: (sizeOf(teacher) / sizeOf(student)).toFixed(2) } : {}),
    ...(speedup === null ? {} : { speedup: speedup.toFixed(2) }),
  };
}

const sizeOf = ({ family, config }: Pick<InferenceModel, 'family' | 'config'>): number =>
  parameterCount(family.parameters(config));

import type { FromJob } from '@wikigpt/schema/base.ts';
import type { FineTuneJob } from '../../cluster/kinds.ts';
import { claimOf, configMapOf } from '../../objects/mounts.ts';
import { jobLabel, trainingNames } from '../../objects/names.ts';
import type { LabelQuery, NameQuery, Queries, Seen } from '../controller.ts';

export interface JobQueries extends Queries {
  readonly job: NameQuery<'Job'>;
  readonly task: NameQuery<'ConfigMap'>;
  readonly work: NameQuery<'PersistentVolumeClaim'>;
  readonly output: NameQuery<'PersistentVolumeClaim'>;
  readonly pods: LabelQuery<'Pod'>;
  /** The job that the base comes from; of no meaning when the base comes from elsewhere. */
  readonly upstream: NameQuery<'FineTuneJob'>;
  readonly configMaps: readonly NameQuery<'ConfigMap'>[];
}
export type JobSeen = Seen<JobQueries>;

/** What a decision about a FineTuneJob looks at. */
export function observe(job: FineTuneJob): JobQueries {
  const names = trainingNames(job);
  return {
    job: { kind: 'Job', name: names.job },
    task: { kind: 'ConfigMap', name: names.task },
    work: { kind: 'PersistentVolumeClaim', name: names.work },
    output: { kind: 'PersistentVolumeClaim', name: claimOf(job.spec.output.uri) ?? '' },
    pods: { kind: 'Pod', label: [jobLabel, job.metadata.name] },
    upstream: { kind: 'FineTuneJob', name: upstreamName(job.spec.base.fromJob) },
    configMaps: configMapsOf(job).map((name) => ({ kind: 'ConfigMap', name })),
  };
}

/** The FineTuneJob that a reference names; empty when it names none, or a job of another kind. */
function upstreamName(fromJob: FromJob | undefined): string {
  return fromJob?.kind === 'FineTuneJob' ? fromJob.name : '';
}

/** The ConfigMaps that the data lies in. */
export function configMapsOf({ spec }: FineTuneJob): string[] {
  const sources = [...spec.data.sources, ...spec.evaluation.testSets.flatMap((set) => set.sources)];
  return [...new Set(sources.map(({ uri }) => configMapOf(uri)).filter((name) => name !== undefined))];
}

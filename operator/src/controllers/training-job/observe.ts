import type { Kind, TrainingJob } from '../../cluster/kinds.ts';
import { claimOf, configMapOf } from '../../objects/mounts.ts';
import { jobLabels, trainingNames } from '../../objects/names.ts';
import { outputStore } from '../../objects/output-store.ts';
import type { Settings } from '../../objects/settings.ts';
import type { LabelQuery, NameQuery, Queries, Seen } from '../controller.ts';
import { upstreamOf } from './models.ts';
import { modelsOf } from './training-kinds.ts';

export interface JobQueries extends Queries {
  readonly job: NameQuery<'Job'>;
  readonly task: NameQuery<'ConfigMap'>;
  readonly work: NameQuery<'PersistentVolumeClaim'>;
  readonly output: NameQuery<'PersistentVolumeClaim'>;
  readonly pods: LabelQuery<'Pod'>;
  /** The objects that models come from. */
  readonly upstreams: readonly NameQuery<Kind>[];
  readonly configMaps: readonly NameQuery<'ConfigMap'>[];
}
export type JobSeen = Seen<JobQueries>;

/** What a decision about a training job looks at. */
export function observe(job: TrainingJob, settings: Settings): JobQueries {
  const names = trainingNames(job);
  return {
    job: { kind: 'Job', name: names.job },
    task: { kind: 'ConfigMap', name: names.task },
    work: { kind: 'PersistentVolumeClaim', name: names.work },
    output: { kind: 'PersistentVolumeClaim', name: claimOf(outputStore(job, settings)) ?? '' },
    pods: { kind: 'Pod', label: [jobLabels[job.kind], job.metadata.name] },
    upstreams: modelsOf(job)
      .map(upstreamOf)
      .filter((query) => query !== undefined),
    configMaps: configMapsOf(job).map((name) => ({ kind: 'ConfigMap', name })),
  };
}

/** The ConfigMaps that the data lies in. */
export function configMapsOf({ spec }: TrainingJob): string[] {
  const sources = [...spec.data.sources, ...spec.evaluation.testSets.flatMap((set) => set.sources)];
  return [...new Set(sources.map(({ uri }) => configMapOf(uri)).filter((name) => name !== undefined))];
}

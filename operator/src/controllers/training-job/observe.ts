import type { Kind, TrainingJob } from '../../cluster/kinds.ts';
import { claimOf, configMapOf, dataSources } from '../../objects/mounts.ts';
import { jobLabels, trainingNames } from '../../objects/names.ts';
import { outputStore } from '../../objects/output-store.ts';
import type { Settings } from '../../objects/settings.ts';
import type { LabelQuery, NameQuery, Queries, Seen } from '../controller.ts';
import { upstreamOf } from './models.ts';
import { hasEnded } from './ended.ts';
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

/** What a decision about a training job looks at; of one that has ended only what may have to be taken away. */
export function observe(job: TrainingJob, settings: Settings): JobQueries {
  const names = trainingNames(job);
  const looks = {
    job: { kind: 'Job', name: names.job },
    work: { kind: 'PersistentVolumeClaim', name: names.work },
    pods: { kind: 'Pod', label: [jobLabels[job.kind], job.metadata.name] },
  } as const;
  if (hasEnded(job)) return { ...looks, ...unasked };
  return {
    ...looks,
    task: { kind: 'ConfigMap', name: names.task },
    output: { kind: 'PersistentVolumeClaim', name: claimOf(outputStore(job, settings)) ?? '' },
    upstreams: modelsOf(job)
      .map(upstreamOf)
      .filter((query) => query !== undefined),
    configMaps: configMapsOf(job).map((name) => ({ kind: 'ConfigMap', name })),
  };
}

const unasked = {
  task: { kind: 'ConfigMap', name: '' },
  output: { kind: 'PersistentVolumeClaim', name: '' },
  upstreams: [],
  configMaps: [],
} as const;

/** The ConfigMaps that the data lies in. */
export function configMapsOf(job: TrainingJob): string[] {
  return [
    ...new Set(
      dataSources(job)
        .map(({ uri }) => configMapOf(uri))
        .filter((name) => name !== undefined),
    ),
  ];
}

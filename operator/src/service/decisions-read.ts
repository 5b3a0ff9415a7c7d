import type { AnyObject, Kind, KindMap, TrainingJob } from '../cluster/kinds.ts';
import type { Reading } from '../cluster/kube/object-reader.ts';
import type { ContainerStatus, Deployment, Job, Labels, Pod, PodTemplate } from '../cluster/objects.ts';
import { hasEnded, isDone } from '../controllers/training-job/outcome.ts';
import { madeByUs } from '../objects/names.ts';

/**
 * What the operator's decisions need of objects, so that the caches hold no more. Of ConfigMaps and claims it only asks
 * whether they exist and whose they are; what lies in them is never even read.
 */
export const decisionsRead: Required<Reading> = {
  metadataOnly: new Set<Kind>(['ConfigMap', 'PersistentVolumeClaim', 'ServiceAccount']),
  trim: (object) => (trims[object.kind]?.(object as never) ?? object) as typeof object,
};

const trims: { readonly [K in Kind]?: (object: KindMap[K]) => AnyObject } = {
  FineTuneJob: trimTrainingJob,
  DistillJob: trimTrainingJob,
  Job: (job) => (isOurs(job) && !isDone(job) ? job : withoutTemplate(job)),
  Deployment: (deployment) => (isOurs(deployment) ? deployment : withoutTemplate(deployment)),
  Pod: trimPod,
  PodDisruptionBudget: oursOrName,
  HorizontalPodAutoscaler: oursOrName,
  Ingress: oursOrName,
  HTTPRoute: oursOrName,
};

/** Of a stranger's object only its name matters. */
function oursOrName<T extends AnyObject>(object: T): T {
  if (isOurs(object)) return object;
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, metadata } as T;
}

/** A job that has ended is only asked for its end and its result, not for each question it was scored by. */
function trimTrainingJob(job: TrainingJob): TrainingJob {
  const { status } = job;
  if (!status?.evaluation || !hasEnded(job)) return job;
  return { ...job, status: { ...status, evaluation: { ...status.evaluation, rows: [] } } };
}

const noTemplate: PodTemplate = { spec: { containers: [] } };

/** Nobody steers what has ended or is a stranger's: that it exists, its state and whose it is are enough. */
function withoutTemplate<T extends Job | Deployment>({ apiVersion, kind, metadata, spec, status }: T): T {
  const { template: _, ...rest } = spec;
  const state = status && isOurs({ metadata }) ? { status } : {};
  return { apiVersion, kind, metadata, spec: { ...rest, template: noTemplate }, ...state } as T;
}

/** How a pod fares, whose it is and what it is found by. */
function trimPod({ apiVersion, kind, metadata, status }: Pod): Pod {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, ownerReferences } = metadata;
  const labels = ownLabels(metadata.labels);
  const kept = { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, ownerReferences, labels };
  return {
    apiVersion,
    kind,
    metadata: kept as Pod['metadata'],
    spec: noTemplate.spec,
    ...(status === undefined ? {} : { status: trimPodStatus(status) }),
  };
}

function trimPodStatus({
  phase,
  reason,
  message,
  startTime,
  conditions,
  containerStatuses,
}: NonNullable<Pod['status']>) {
  const told = {
    phase,
    reason,
    message,
    startTime,
    conditions: conditions
      ?.filter(({ type }) => type === 'PodScheduled' || type === 'DisruptionTarget')
      .map(({ type, status, message: says }) => ({ type, status, message: says })),
    containerStatuses: containerStatuses?.map(trimContainer),
  };
  return told as NonNullable<Pod['status']>;
}

function trimContainer({ name, ready, restartCount, state, lastState }: ContainerStatus): ContainerStatus {
  return { name, ready, restartCount, state, ...(lastState ? { lastState } : {}) };
}

function ownLabels(labels: Labels = {}): Labels {
  return Object.fromEntries(
    Object.entries(labels).filter(([name]) => /^(wikigpt\.dev|app\.kubernetes\.io)\//.test(name)),
  );
}

function isOurs({ metadata }: Pick<AnyObject, 'metadata'>): boolean {
  return Object.entries(madeByUs).every(([label, value]) => metadata.labels?.[label] === value);
}

import type { AnyObject, Kind, KindMap, TrainingJob } from '../cluster/kinds.ts';
import type { Reading } from '../cluster/kube/object-reader.ts';
import type { Deployment, Job, KubeObject, ObjectMeta, Pod, PodTemplate } from '../cluster/objects.ts';
import { hasEnded, isDone } from '../controllers/training-job/ended.ts';
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
  Job: (job) => (isOurs(job) && !isDone(job) ? job : trimJob(job)),
  Deployment: (deployment) => (isOurs(deployment) ? deployment : trimDeployment(deployment)),
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
  return { apiVersion, kind, metadata: trimMetadata(metadata) } as T;
}

const noTemplate: PodTemplate = { spec: { containers: [] } };

/** Blocks of specs that were read last, by their text. */
const blocks = new Map<string, object>();
const keptBlocks = 2_000;

/** A job that has ended is only asked for its end and its result, not for each question it was scored by. */
function trimTrainingJob(job: TrainingJob): TrainingJob {
  const { status } = job;
  const spec = Object.fromEntries(Object.entries(job.spec).map(([name, block]) => [name, shared(block)])) as never;
  if (!status?.evaluation || !hasEnded(job)) return { ...job, spec };
  return { ...job, spec, status: { ...status, evaluation: { ...status.evaluation, rows: [] } } };
}

/** The same object for equal blocks: most jobs are trained alike, or as the schema has it where nothing is said. */
function shared<T>(block: T): T {
  if (typeof block !== 'object' || block === null) return block;
  const text = JSON.stringify(block);
  const known = blocks.get(text);
  if (known) return known as T;
  if (blocks.size >= keptBlocks) blocks.clear();
  blocks.set(text, block);
  return block;
}

/** A Job that has ended is steered no more; a stranger's is only in the way. */
function trimJob({ apiVersion, kind, metadata, spec, status = {} }: Job): Job {
  const ends = status.conditions?.filter(({ type }) => type === 'Complete' || type === 'Failed') ?? [];
  return {
    apiVersion,
    kind,
    metadata: trimMetadata(metadata),
    spec: { ...pick(spec, ['suspend', 'activeDeadlineSeconds']), template: noTemplate },
    status: {
      ...pick(status, ['failed', 'startTime', 'completionTime']),
      conditions: ends.map((each) => pick(each, ['type', 'status', 'reason', 'message'])),
    },
  };
}

function trimDeployment({ apiVersion, kind, metadata, spec }: Deployment): Deployment {
  return { apiVersion, kind, metadata: trimMetadata(metadata), spec: { ...spec, template: noTemplate } };
}

/** How a pod fares, whose it is and what it is found by. */
function trimPod({ apiVersion, kind, metadata, status }: Pod): Pod {
  const kept: Pod = { apiVersion, kind, metadata: trimMetadata(metadata), spec: noTemplate.spec };
  if (!status) return kept;
  const conditions = status.conditions?.filter(({ type }) => type === 'PodScheduled' || type === 'DisruptionTarget');
  return {
    ...kept,
    status: {
      ...pick(status, ['phase', 'reason', 'message', 'startTime']),
      conditions: conditions?.map((each) => pick(each, ['type', 'status', 'message'])) ?? [],
      // Nobody asks how a pod went that went well.
      containerStatuses: (status.phase === 'Succeeded' ? [] : (status.containerStatuses ?? [])).map((each) =>
        pick(each, ['name', 'ready', 'restartCount', 'state', 'lastState']),
      ),
    },
  };
}

const kept = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
] as const;
const ourLabels = /^(wikigpt\.dev|app\.kubernetes\.io)\//;

/** Who an object is, whose it is and what it is found by. */
function trimMetadata(metadata: ObjectMeta): ObjectMeta {
  const labels = Object.entries(metadata.labels ?? {}).filter(([label]) => ourLabels.test(label));
  const owners = metadata.ownerReferences?.map((each) => pick(each, ['apiVersion', 'kind', 'name', 'uid']));
  return { ...pick(metadata, kept), labels: Object.fromEntries(labels), ownerReferences: owners ?? [] };
}

/** The object with these members alone, those that it has. */
function pick<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.flatMap((key) => (object[key] === undefined ? [] : [[key, object[key]]]))) as Pick<
    T,
    K
  >;
}

function isOurs({ metadata }: KubeObject): boolean {
  return Object.entries(madeByUs).every(([label, value]) => metadata.labels?.[label] === value);
}

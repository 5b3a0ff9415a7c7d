import type { ChatModelSpec, ChatModelStatus } from '@wikigpt/schema/chat-model.ts';
import type { DistillJobSpec } from '@wikigpt/schema/distill-job.ts';
import type { FineTuneJobSpec } from '@wikigpt/schema/fine-tune-job.ts';
import type { DistillJobStatus, JobStatus } from '@wikigpt/schema/job-status.ts';
import type {
  ConfigMap,
  Deployment,
  Event,
  HorizontalPodAutoscaler,
  HTTPRoute,
  Ingress,
  Job,
  KubeObject,
  NetworkPolicy,
  ObjectReference,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  Service,
  ServiceAccount,
} from './objects.ts';

export interface FineTuneJob extends KubeObject {
  readonly kind: 'FineTuneJob';
  readonly spec: FineTuneJobSpec;
  readonly status?: JobStatus;
}

export interface DistillJob extends KubeObject {
  readonly kind: 'DistillJob';
  readonly spec: DistillJobSpec;
  readonly status?: DistillJobStatus;
}

/** A job that trains a model; every kind of it goes through the same states. */
export type TrainingJob = FineTuneJob | DistillJob;

export interface ChatModel extends KubeObject {
  readonly kind: 'ChatModel';
  readonly spec: ChatModelSpec;
  readonly status?: ChatModelStatus;
}

export interface KindMap {
  FineTuneJob: FineTuneJob;
  DistillJob: DistillJob;
  ChatModel: ChatModel;
  Job: Job;
  Pod: Pod;
  Deployment: Deployment;
  Service: Service;
  ConfigMap: ConfigMap;
  PersistentVolumeClaim: PersistentVolumeClaim;
  PodDisruptionBudget: PodDisruptionBudget;
  HorizontalPodAutoscaler: HorizontalPodAutoscaler;
  Ingress: Ingress;
  HTTPRoute: HTTPRoute;
  NetworkPolicy: NetworkPolicy;
  ServiceAccount: ServiceAccount;
  Event: Event;
}
export type Kind = keyof KindMap;
/** The kinds of this API: what a user writes. */
export type ApiKind = 'FineTuneJob' | 'DistillJob' | 'ChatModel';
export type ApiObject = KindMap[ApiKind];
export type AnyObject = KindMap[Kind];

export interface KindInfo {
  readonly apiVersion: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  /** A further name that stands for several kinds, as in `kubectl get ai`. */
  readonly categories: readonly string[];
  /** Whether apply ignores `status`, which then has a writer and a call of its own. */
  readonly statusSubresource: boolean;
}

/** Every kind that passes through the port; an implementation refuses others at compile time. */
export const kinds: Readonly<Record<Kind, KindInfo>> = {
  FineTuneJob: {
    apiVersion: 'wikigpt.dev/v1alpha1',
    plural: 'finetunejobs',
    shortNames: ['ftj'],
    categories: ['ai', 'wikigpt'],
    statusSubresource: true,
  },
  DistillJob: {
    apiVersion: 'wikigpt.dev/v1alpha1',
    plural: 'distilljobs',
    shortNames: ['dj'],
    categories: ['ai', 'wikigpt'],
    statusSubresource: true,
  },
  ChatModel: {
    apiVersion: 'wikigpt.dev/v1alpha1',
    plural: 'chatmodels',
    shortNames: ['chm'],
    categories: ['ai', 'wikigpt'],
    statusSubresource: true,
  },
  Job: { apiVersion: 'batch/v1', plural: 'jobs', shortNames: [], categories: ['all'], statusSubresource: true },
  Pod: { apiVersion: 'v1', plural: 'pods', shortNames: ['po'], categories: ['all'], statusSubresource: true },
  Deployment: {
    apiVersion: 'apps/v1',
    plural: 'deployments',
    shortNames: ['deploy'],
    categories: ['all'],
    statusSubresource: true,
  },
  Service: { apiVersion: 'v1', plural: 'services', shortNames: ['svc'], categories: ['all'], statusSubresource: true },
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps', shortNames: ['cm'], categories: [], statusSubresource: false },
  PersistentVolumeClaim: {
    apiVersion: 'v1',
    plural: 'persistentvolumeclaims',
    shortNames: ['pvc'],
    categories: [],
    statusSubresource: true,
  },
  PodDisruptionBudget: {
    apiVersion: 'policy/v1',
    plural: 'poddisruptionbudgets',
    shortNames: ['pdb'],
    categories: [],
    statusSubresource: true,
  },
  HorizontalPodAutoscaler: {
    apiVersion: 'autoscaling/v2',
    plural: 'horizontalpodautoscalers',
    shortNames: ['hpa'],
    categories: ['all'],
    statusSubresource: true,
  },
  Ingress: {
    apiVersion: 'networking.k8s.io/v1',
    plural: 'ingresses',
    shortNames: ['ing'],
    categories: [],
    statusSubresource: true,
  },
  HTTPRoute: {
    apiVersion: 'gateway.networking.k8s.io/v1',
    plural: 'httproutes',
    shortNames: [],
    categories: [],
    statusSubresource: true,
  },
  NetworkPolicy: {
    apiVersion: 'networking.k8s.io/v1',
    plural: 'networkpolicies',
    shortNames: ['netpol'],
    categories: [],
    statusSubresource: false,
  },
  ServiceAccount: {
    apiVersion: 'v1',
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    categories: [],
    statusSubresource: false,
  },
  Event: { apiVersion: 'v1', plural: 'events', shortNames: ['ev'], categories: [], statusSubresource: false },
};

export const kindNames = Object.keys(kinds) as readonly Kind[];

export const apiKinds: readonly ApiKind[] = ['FineTuneJob', 'DistillJob', 'ChatModel'];

export function isApiObject(object: AnyObject): object is ApiObject {
  return apiKinds.some((kind) => kind === object.kind);
}

export interface ObjectKey {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

/** The key of an object: what a queue, a lookup or a log line needs of it. */
export function keyOf(object: AnyObject): ObjectKey {
  return { kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name };
}

/** A key as text, unique over all kinds. */
export function keyText(key: ObjectKey): string {
  return `${key.kind}/${key.namespace}/${key.name}`;
}

/** A reference for events and messages. */
export function referenceTo(object: AnyObject): ObjectReference {
  const { namespace, name, uid } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, namespace, name, ...(uid === undefined ? {} : { uid }) };
}

import type { JobKind } from '@wikigpt/schema/catalog.ts';
import type { ChatModel, TrainingJob } from '../cluster/kinds.ts';
import { ownedBy } from '../cluster/owner-reference.ts';

/** The label by which the children of a training job are found. */
export const jobLabels: Readonly<Record<JobKind, string>> = {
  FineTuneJob: 'wikigpt.dev/fine-tune-job',
  DistillJob: 'wikigpt.dev/distill-job',
};
export const chatModelLabel = 'wikigpt.dev/chat-model';
export const revisionLabel = 'wikigpt.dev/revision';

const suffixes: Readonly<Record<JobKind, string>> = { FineTuneJob: 'train', DistillJob: 'distill' };

/** The names of what a training job is made into; they follow from its name, so nothing is ever made twice. */
export function trainingNames({ kind, metadata: { name } }: TrainingJob) {
  const job = `${name}-${suffixes[kind]}`;
  return { job, task: `${job}-task`, work: `${job}-work` };
}

/** The name of the Service of a ChatModel, by which it is reached. */
export function serviceName({ metadata: { name } }: ChatModel): string {
  return name;
}

/** The name of the revision of a ChatModel that serves a model. */
export function revisionName({ metadata: { name } }: ChatModel, digest: string): string {
  return `${name}-${digest.replace(/^sha256:/, '').slice(0, 8)}`;
}

/** The label by which everything that this operator makes is known. */
export const madeByUs = { 'app.kubernetes.io/managed-by': 'wikigpt-operator' } as const;

/** What a pod of this operator does; network policies go by it. */
export type PodRole = 'trainer' | 'server';
export const roleLabel = 'wikigpt.dev/role';

/** The labels that every child carries. */
export function childLabels(label: string, owner: string): Record<string, string> {
  return { ...madeByUs, [label]: owner };
}

/** The metadata of an object that a ChatModel has one of, under its own name. */
export function chatMetadata(chat: ChatModel) {
  const { namespace, name } = chat.metadata;
  return { namespace, name, labels: childLabels(chatModelLabel, name), ownerReferences: [ownedBy(chat)] };
}

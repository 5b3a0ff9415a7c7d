import type { ChatModel, FineTuneJob } from '../cluster/kinds.ts';

export const jobLabel = 'wikigpt.dev/fine-tune-job';
export const chatModelLabel = 'wikigpt.dev/chat-model';
export const revisionLabel = 'wikigpt.dev/revision';

/** The names of what a FineTuneJob is made into; they follow from its name, so nothing is ever made twice. */
export function trainingNames({ metadata: { name } }: FineTuneJob) {
  return { job: `${name}-train`, task: `${name}-train-task`, work: `${name}-train-work` };
}

/** The name of the Service of a ChatModel, by which it is reached. */
export function serviceName({ metadata: { name } }: ChatModel): string {
  return name;
}

/** The name of the revision of a ChatModel that serves a model. */
export function revisionName({ metadata: { name } }: ChatModel, digest: string): string {
  return `${name}-${digest.replace(/^sha256:/, '').slice(0, 8)}`;
}

/** The labels that every child carries. */
export function childLabels(label: string, owner: string): Record<string, string> {
  return { 'app.kubernetes.io/managed-by': 'wikigpt-operator', [label]: owner };
}

import { fineTuneJobSpec, type FineTuneJobManifest } from '@wikigpt/schema/fine-tune-job.ts';
import { distillJobSpec, type DistillJobManifest } from '@wikigpt/schema/distill-job.ts';
import { chatModelSpec, type ChatModelManifest } from '@wikigpt/schema/chat-model.ts';
import type { ChatModel, DistillJob, FineTuneJob } from '../cluster/kinds.ts';
import type { Settings } from '../objects/settings.ts';

export const settings: Settings = {
  image: 'wikigpt/trainer',
  endpoint: 'http://operator',
  createClaims: { storage: '10Gi' },
  defaultStore: 'pvc://wikigpt-models',
  workStorage: '5Gi',
  defaultMemory: '4Gi',
  fsGroup: 65532,
  progressPorts: [8080],
  inCluster: true,
  gatewayApi: true,
  drainSeconds: 30,
  localFiles: true,
  clusterDomain: 'svc',
};

/** A FineTuneJob with its defaults. */
export function fineTuneJob(name: string, spec: Partial<FineTuneJobManifest['spec']> = {}): FineTuneJob {
  return {
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'FineTuneJob',
    metadata: { namespace: 'default', name },
    spec: fineTuneJobSpec.parse({
      base: { scratch: { layers: 2, hidden: 32, heads: 2, context: 64, vocabulary: 512 } },
      data: { sources: [{ uri: 'npm://facts/encyclopedia', format: 'text' }] },
      method: { full: {} },
      ...spec,
    }),
  };
}

/** A DistillJob with its defaults. */
export function distillJob(name: string, spec: Partial<DistillJobManifest['spec']> = {}): DistillJob {
  return {
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'DistillJob',
    metadata: { namespace: 'default', name },
    spec: distillJobSpec.parse({
      teacher: { fromJob: { name: 'country-qa' } },
      student: { shrink: { layers: 1 } },
      distillation: { logits: {} },
      data: { sources: [{ uri: 'npm://facts/questions', format: 'qa' }] },
      ...spec,
    }),
  };
}

/** A ChatModel with its defaults. */
export function chatModel(name: string, spec: Partial<ChatModelManifest['spec']> = {}): ChatModel {
  return {
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'ChatModel',
    metadata: { namespace: 'default', name },
    spec: chatModelSpec.parse({ model: { fromJob: { name: 'country-qa' } }, ...spec }),
  };
}

import type { KindName } from '../kinds.ts';

/** The smallest useful manifest of each kind: the example of the reference page, and what the rule cases change. */
export const smallest: Readonly<Record<KindName, object>> = {
  FineTuneJob: {
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'FineTuneJob',
    metadata: { name: 'country-qa' },
    spec: {
      base: { uri: 'hf://HuggingFaceTB/SmolLM2-135M' },
      data: { sources: [{ uri: 'configmap://country-facts/qa.jsonl', format: 'qa' }] },
      method: { lora: {} },
    },
  },
  DistillJob: {
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'DistillJob',
    metadata: { name: 'country-small' },
    spec: {
      teacher: { fromJob: { name: 'country-qa' } },
      student: { shrink: { layers: 2 } },
      distillation: { logits: {} },
      data: { sources: [{ uri: 'configmap://country-facts/qa.jsonl', format: 'qa' }] },
    },
  },
  ChatModel: {
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'ChatModel',
    metadata: { name: 'country' },
    spec: { model: { fromJob: { name: 'country-qa' } } },
  },
};

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
  ChatModel: {
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'ChatModel',
    metadata: { name: 'country' },
    spec: { model: { fromJob: { name: 'country-qa' } } },
  },
};

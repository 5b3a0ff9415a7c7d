import { expect, test } from 'vitest';
import { base } from '@wikigpt/schema/base.ts';
import { fineTuneJobSpec, type FineTuneJobManifest } from '@wikigpt/schema/fine-tune-job.ts';
import { estimateTraining } from '@wikigpt/schema/memory-estimate.ts';
import { scratchSizes } from '@wikigpt/schema/model-sizes.ts';
import { familyOf } from '../models/index.ts';
import { modelSizes } from '../models/model-sizes.ts';
import { estimatePlan } from './memory-estimate.ts';
import { planTraining } from './plan-training.ts';

const bases = {
  llama: { layers: 3, hidden: 48, heads: 6, kvHeads: 2, context: 128, vocabulary: 700 },
  'llama with widths of its own': { layers: 2, hidden: 64, heads: 4, intermediate: 100, tieEmbeddings: false },
  qwen2: { architecture: 'qwen2', layers: 2, hidden: 32, heads: 4, kvHeads: 2, context: 64 },
  qwen3: { architecture: 'qwen3', layers: 2, hidden: 32, heads: 4, kvHeads: 2, context: 64 },
  gpt2: { architecture: 'gpt2', layers: 2, hidden: 32, heads: 2, context: 64 },
  'gpt2 with a head': { architecture: 'gpt2', layers: 1, hidden: 32, heads: 4, intermediate: 70, tieEmbeddings: false },
} as const;
const methods: Readonly<Record<string, FineTuneJobManifest['spec']['method']>> = {
  full: { full: {} },
  lora: { lora: { rank: 8 } },
  'lora on attention': { lora: { rank: 3, targets: 'Attention' } },
};
const trainings = [
  {},
  { batchTokens: 256 },
  { batchTokens: 20_000, sequenceLength: 50 },
  { batchTokens: 256, activationCheckpointing: true },
];
const cases = Object.entries(bases).flatMap(([name, sizes]) =>
  Object.entries(methods).flatMap(([method, written]) =>
    trainings.map((training) => ({
      name: `${name}, ${method}, ${JSON.stringify(training)}`,
      sizes,
      written,
      training,
    })),
  ),
);

test.for(cases)('what is asked for beforehand is what the tensors add up to: $name', ({ sizes, written, training }) => {
  const { scratch } = base.parse({ scratch: sizes });
  if (!scratch) throw new Error('found no scratch, expected the one that was written');
  const spec = fineTuneJobSpec.parse({
    base: { uri: 'pvc://models/any' },
    data: { sources: [{ uri: 'configmap://facts/qa.jsonl', format: 'qa' }] },
    method: written,
    training,
  });
  const family = familyOf({ model_type: scratch.architecture });
  const config = family.fromScratch({ ...scratch, ropeTheta: undefined }, scratch.vocabulary);
  expect(modelSizes(config)).toEqual(scratchSizes(scratch, scratch.vocabulary));
  expect(estimateTraining(spec, scratchSizes(scratch, scratch.vocabulary))).toEqual(
    estimatePlan(planTraining(spec, config)),
  );
});

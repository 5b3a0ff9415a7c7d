import type { DistillJobManifest } from '@wikigpt/schema/distill-job.ts';
import type { FineTuneJobManifest } from '@wikigpt/schema/fine-tune-job.ts';
import type { ScratchSizes } from '../../trainer-image/src/models/family.ts';

type Spec = FineTuneJobManifest['spec'];

/** The sizes of a model with random weights. */
export interface CaseModel extends ScratchSizes {
  readonly family: 'gpt2' | 'llama';
  readonly vocabulary: number;
}

/** A job whose peak of memory is measured. */
export interface MemoryCase {
  readonly model: CaseModel;
  readonly method: Spec['method'];
  readonly training: NonNullable<Spec['training']>;
  /** Texts, of which every token is learnt, or questions, of which the answer alone is. */
  readonly data: 'text' | 'qa';
  readonly teacher?: CaseModel;
  readonly distillation?: DistillJobManifest['spec']['distillation'];
}

/** The shape of SmolLM2-135M. */
const smol = {
  family: 'llama',
  layers: 30,
  hidden: 576,
  heads: 9,
  kvHeads: 3,
  intermediate: 1536,
  context: 2048,
  ropeTheta: 100_000,
  vocabulary: 49_152,
} as const;
/** The shape of GPT-2, the small one. */
const gpt2 = { family: 'gpt2', layers: 12, hidden: 768, heads: 12, context: 1024, vocabulary: 50_257 } as const;
/** The model of the quickstart. */
const wiki = { family: 'llama', layers: 3, hidden: 192, heads: 4, context: 256, vocabulary: 3072 } as const;
const nano = { family: 'llama', layers: 6, hidden: 384, heads: 6, context: 512, vocabulary: 8192 } as const;
const medium = { family: 'llama', layers: 6, hidden: 512, heads: 8, context: 256, vocabulary: 16_384 } as const;
const nanoGpt2 = { ...nano, family: 'gpt2' } as const;

const lora = { lora: {} };
const full = { full: {} };
const anew = { activationCheckpointing: true };

const rows = (count: number, length: number, levers: Partial<MemoryCase['training']> = {}) => ({
  batchTokens: count * length,
  sequenceLength: length,
  ...levers,
});

/** Small enough for two busy cores: a case takes one to three minutes. */
export const cases: Readonly<Record<string, MemoryCase>> = {
  'wiki full 4x256': { model: wiki, method: full, training: rows(4, 256), data: 'text' },
  'wiki lora 4x256': { model: wiki, method: lora, training: rows(4, 256), data: 'qa' },
  'wiki full 16x256': { model: wiki, method: full, training: rows(16, 256), data: 'text' },
  'wiki full 16x256, anew': { model: wiki, method: full, training: rows(16, 256, anew), data: 'text' },
  'wiki full 2 x 16x256': { model: wiki, method: full, training: rows(32, 256), data: 'text' },
  'medium full 2x128': { model: medium, method: full, training: rows(2, 128), data: 'text' },
  'nano full 2x512': { model: nano, method: full, training: rows(2, 512), data: 'text' },
  'nano gpt2 full 8x128': { model: nanoGpt2, method: full, training: rows(8, 128), data: 'text' },
  'nano gpt2 lora 4x512': { model: nanoGpt2, method: lora, training: rows(4, 512), data: 'qa' },
  'nano gpt2 lora 4x512, anew': { model: nanoGpt2, method: lora, training: rows(4, 512, anew), data: 'qa' },
  'gpt2 lora 2x256': { model: gpt2, method: lora, training: rows(2, 256), data: 'qa' },
  '135m lora 4x256': { model: smol, method: lora, training: rows(4, 256), data: 'text' },
  '135m lora 4x256, anew': { model: smol, method: lora, training: rows(4, 256, anew), data: 'text' },
  '135m lora 1x1024': { model: smol, method: lora, training: rows(1, 1024), data: 'qa' },
  'wiki from nano': {
    model: { ...wiki, vocabulary: nano.vocabulary },
    teacher: nano,
    method: full,
    training: rows(4, 256),
    data: 'text',
    distillation: { logits: {} },
  },
  'nano from 135m': {
    model: { ...nano, vocabulary: smol.vocabulary },
    teacher: smol,
    method: full,
    training: rows(2, 256),
    data: 'text',
    distillation: { logits: {} },
  },
};

import type { ScratchSizes } from '../../trainer-image/src/models/family.ts';

/** A model, a method and a batch that both trainers are given. */
export interface TrainCase {
  readonly family: 'gpt2' | 'llama';
  readonly sizes: ScratchSizes;
  readonly vocabulary: number;
  /** LoRA on all linear layers, or every weight. */
  readonly lora: { readonly rank: number; readonly alpha: number } | null;
  readonly rows: number;
  readonly length: number;
}

export const cases: Readonly<Record<string, TrainCase>> = {
  // The shape of SmolLM2-135M.
  'lora-135m': {
    family: 'llama',
    sizes: { layers: 30, hidden: 576, heads: 9, kvHeads: 3, intermediate: 1536, context: 2048, ropeTheta: 100_000 },
    vocabulary: 49_152,
    lora: { rank: 16, alpha: 32 },
    rows: 4,
    length: 256,
  },
  'full-gpt2-small': {
    family: 'gpt2',
    sizes: { layers: 6, hidden: 384, heads: 6, context: 512 },
    vocabulary: 8192,
    lora: null,
    rows: 8,
    length: 128,
  },
};

/** How both trainers take a step. */
export const optimizer = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  gradientClip: 1,
} as const;

/** Different batches that the steps go round in. */
export const batchCount = 4;

import { z } from 'zod';
import type { Scratch } from './base.ts';
import { architectures, type Architecture } from './catalog.ts';
import type { Lora, Method } from './method.ts';
import { block, integer } from './scalars.ts';

const size = integer(1, 1_000_000_000);

/** The sizes of a model, from which the memory follows that training it takes. */
export const modelSizes = block('The sizes of the model, by which the memory of a job that goes on from it is known.', {
  architecture: z.enum(architectures).describe('Model family.'),
  layers: size.describe('Decoder layers.'),
  hidden: size.describe('Width of the hidden state.'),
  heads: size.describe('Attention heads.'),
  kvHeads: size.describe('Heads of keys and values.'),
  headDim: size.describe('Width of one head.'),
  intermediate: size.describe('Width of the feed-forward layer.'),
  context: size.describe('Longest text in tokens.'),
  vocabulary: size.describe('Tokens of the vocabulary.'),
  tieEmbeddings: z.boolean().describe('Whether the output head shares the token embedding.'),
});
export type ModelSizes = z.infer<typeof modelSizes>;

/** Width of the feed-forward layer where none is written. */
export function feedForwardWidth(architecture: Architecture, hidden: number): number {
  // Llama has three matrices where GPT-2 has two: two thirds of four times the width, rounded up to a multiple of 32.
  return architecture === 'gpt2' ? 4 * hidden : Math.ceil((hidden * 8) / 3 / 32) * 32;
}

/** The sizes of a new model. */
export function scratchSizes(scratch: Omit<Scratch, 'vocabulary'>, vocabulary: number): ModelSizes {
  const { architecture, layers, hidden, heads, context, tieEmbeddings } = scratch;
  return {
    architecture,
    layers,
    hidden,
    heads,
    kvHeads: scratch.kvHeads ?? heads,
    headDim: hidden / heads,
    intermediate: scratch.intermediate ?? feedForwardWidth(architecture, hidden),
    context,
    vocabulary,
    tieEmbeddings,
  };
}

/** The sizes of a model with fewer layers of a larger one, and narrower ones where that is asked for. */
export function shrunkSizes(
  large: ModelSizes,
  { layers, intermediate }: { readonly layers: number; readonly intermediate?: number | undefined },
): ModelSizes {
  return { ...large, layers, intermediate: intermediate ?? large.intermediate };
}

interface Linear {
  readonly out: number;
  readonly into: number;
  readonly attention: boolean;
}

/** The matrices of one layer. */
function linears({ architecture, hidden, heads, kvHeads, headDim, intermediate }: ModelSizes): Linear[] {
  const attention = true;
  if (architecture === 'gpt2')
    return [
      { out: 3 * hidden, into: hidden, attention },
      { out: hidden, into: hidden, attention },
      { out: intermediate, into: hidden, attention: false },
      { out: hidden, into: intermediate, attention: false },
    ];
  const keys = { out: kvHeads * headDim, into: hidden, attention };
  const wide = { out: intermediate, into: hidden, attention: false };
  return [
    { out: heads * headDim, into: hidden, attention },
    keys,
    keys,
    { out: hidden, into: heads * headDim, attention },
    wide,
    wide,
    { out: hidden, into: intermediate, attention: false },
  ];
}

/** Which of the matrices have a bias: in Qwen2 those of queries, keys and values. */
function biased({ architecture }: ModelSizes, matrices: readonly Linear[]): readonly Linear[] {
  return architecture === 'gpt2' ? matrices : architecture === 'qwen2' ? matrices.slice(0, 3) : [];
}

/** Numbers that a model holds. */
export function parameterCount(sizes: ModelSizes): number {
  const { architecture, layers, hidden, headDim, vocabulary, context, tieEmbeddings } = sizes;
  const isGpt2 = architecture === 'gpt2';
  const matrices = linears(sizes);
  const biases = total(biased(sizes, matrices).map(({ out }) => out));
  // GPT-2's norms have a bias beside their scale, and its positions are learnt.
  const norm = isGpt2 ? 2 * hidden : hidden;
  const headNorms = architecture === 'qwen3' ? 2 * headDim : 0;
  const layer = total(matrices.map(({ out, into }) => out * into)) + biases + 2 * norm + headNorms;
  const tables = (tieEmbeddings ? 1 : 2) * vocabulary + (isGpt2 ? context : 0);
  return layers * layer + norm + tables * hidden;
}

/** Positions that a method puts before every text. */
export const virtualTokenCount = ({ softPrompt, prefix }: Method): number => (softPrompt ?? prefix)?.tokens ?? 0;

/** Numbers that a method trains; of a method that adds little to a frozen model, never less than it does. */
export function trainedCount(sizes: ModelSizes, method: Method): number {
  const { layers, hidden, kvHeads, headDim } = sizes;
  const { lora, softPrompt, prefix, ia3, topLayers, template } = method;
  if (lora) return loraCount(sizes, lora);
  if (softPrompt) return softPrompt.tokens * hidden;
  if (prefix) return prefix.tokens * 2 * layers * kvHeads * headDim;
  if (ia3) return layers * total(linears(sizes).map(({ out, into }) => Math.max(out, into)));
  if (template) return 0;
  const all = parameterCount(sizes);
  if (!topLayers) return all;
  const { count, head } = topLayers;
  const inLayers = all - parameterCount({ ...sizes, layers: layers - Math.min(count, layers) });
  return inLayers + 2 * hidden + (head ? sizes.vocabulary * hidden : 0);
}

function loraCount(sizes: ModelSizes, lora: Lora): number {
  const targets = linears(sizes).filter(({ attention }) => attention || lora.targets === 'AllLinear');
  const rank = Math.max(lora.rank, ...Object.values(lora.rankPattern));
  const layers = lora.layersToTransform?.length ?? sizes.layers;
  const lengths = lora.variant === 'DoRA' ? 1 : 0;
  return layers * total(targets.map(({ out, into }) => rank * (out + into) + lengths * out));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

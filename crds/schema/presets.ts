import type { Architecture, Language } from './catalog.ts';

/** A public model that a manifest names by one word. Its facts were read where `source` says. */
interface Preset {
  readonly uri: string;
  readonly licence: string;
  readonly source: string;
  /** Whether it was trained to follow instructions, and brings the template to give them by. */
  readonly chatTemplate: boolean;
  /** The languages of this API that it was trained on to a good part. */
  readonly languages: readonly Language[];
  /** As its config.json has them; what memory it takes follows from these alone. */
  readonly sizes: {
    readonly architecture: Architecture;
    readonly layers: number;
    readonly hidden: number;
    readonly heads: number;
    readonly kvHeads: number;
    readonly headDim: number;
    readonly intermediate: number;
    readonly context: number;
    readonly vocabulary: number;
    readonly tieEmbeddings: boolean;
  };
}

const ofHub = (name: string) => ({ uri: `hf://${name}`, source: `https://huggingface.co/${name}` });

const smollm2 = { licence: 'Apache-2.0', languages: ['en'] } as const;
const smollm2Sizes = {
  architecture: 'llama',
  headDim: 64,
  context: 8192,
  vocabulary: 49_152,
  tieEmbeddings: true,
} as const;
const smollm2Small = { ...smollm2Sizes, layers: 30, hidden: 576, heads: 9, kvHeads: 3, intermediate: 1536 };

const gpt2 = { languages: ['en'], chatTemplate: false } as const;
const gpt2Sizes = {
  architecture: 'gpt2',
  hidden: 768,
  heads: 12,
  kvHeads: 12,
  headDim: 64,
  intermediate: 3072,
  context: 1024,
  vocabulary: 50_257,
  tieEmbeddings: true,
} as const;

const qwen = { licence: 'Apache-2.0', chatTemplate: true, languages: ['zh', 'en'] } as const;
const qwenSizes = { vocabulary: 151_936, tieEmbeddings: true } as const;
const qwen2Sizes = { ...qwenSizes, architecture: 'qwen2', context: 32_768, kvHeads: 2 } as const;

/** Ready-made bases, the smallest first: `base.preset` is a name here. */
export const presets = {
  distilgpt2: {
    ...ofHub('distilbert/distilgpt2'),
    ...gpt2,
    licence: 'Apache-2.0',
    sizes: { ...gpt2Sizes, layers: 6 },
  },
  gpt2: { ...ofHub('openai-community/gpt2'), ...gpt2, licence: 'MIT', sizes: { ...gpt2Sizes, layers: 12 } },
  'smollm2-135m': { ...ofHub('HuggingFaceTB/SmolLM2-135M'), ...smollm2, chatTemplate: false, sizes: smollm2Small },
  'smollm2-135m-instruct': {
    ...ofHub('HuggingFaceTB/SmolLM2-135M-Instruct'),
    ...smollm2,
    chatTemplate: true,
    sizes: smollm2Small,
  },
  'smollm2-360m-instruct': {
    ...ofHub('HuggingFaceTB/SmolLM2-360M-Instruct'),
    ...smollm2,
    chatTemplate: true,
    sizes: { ...smollm2Sizes, layers: 32, hidden: 960, heads: 15, kvHeads: 5, intermediate: 2560 },
  },
  'qwen2.5-0.5b-instruct': {
    ...ofHub('Qwen/Qwen2.5-0.5B-Instruct'),
    ...qwen,
    sizes: { ...qwen2Sizes, layers: 24, hidden: 896, heads: 14, headDim: 64, intermediate: 4864 },
  },
  'qwen3-0.6b': {
    ...ofHub('Qwen/Qwen3-0.6B'),
    ...qwen,
    sizes: {
      ...qwenSizes,
      architecture: 'qwen3',
      layers: 28,
      hidden: 1024,
      heads: 16,
      kvHeads: 8,
      headDim: 128,
      intermediate: 3072,
      context: 40_960,
    },
  },
  'tinyllama-1.1b-chat': {
    ...ofHub('TinyLlama/TinyLlama-1.1B-Chat-v1.0'),
    licence: 'Apache-2.0',
    languages: ['en'],
    chatTemplate: true,
    sizes: {
      architecture: 'llama',
      layers: 22,
      hidden: 2048,
      heads: 32,
      kvHeads: 4,
      headDim: 64,
      intermediate: 5632,
      context: 2048,
      vocabulary: 32_000,
      tieEmbeddings: false,
    },
  },
  'qwen2.5-1.5b-instruct': {
    ...ofHub('Qwen/Qwen2.5-1.5B-Instruct'),
    ...qwen,
    sizes: { ...qwen2Sizes, layers: 28, hidden: 1536, heads: 12, headDim: 128, intermediate: 8960 },
  },
  'smollm2-1.7b-instruct': {
    ...ofHub('HuggingFaceTB/SmolLM2-1.7B-Instruct'),
    ...smollm2,
    chatTemplate: true,
    sizes: { ...smollm2Sizes, layers: 24, hidden: 2048, heads: 32, kvHeads: 32, intermediate: 8192 },
  },
} as const satisfies Record<string, Preset>;
export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];

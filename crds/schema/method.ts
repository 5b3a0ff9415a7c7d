import { z } from 'zod';
import {
  layerEnds,
  loraTargets,
  loraVariants,
  methods,
  prefixInits,
  softPromptInits,
  type MethodName,
} from './catalog.ts';
import { block, decimal, exactlyOne, integer, matching, text, type Rule } from './scalars.ts';

const moduleName = matching(
  128,
  /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/,
  'module name',
  'the last parts of the name of a layer, such as q_proj or layers.0.mlp.up_proj',
);

const moduleNames = z.array(moduleName).min(1).max(64);

const pattern = (value: z.ZodInt, description: string) =>
  z.record(z.string(), value).default({}).meta({ maxProperties: 128, description });

const lora = block(
  'Low-rank adapters beside frozen weights.',
  {
    rank: integer(1, 1024).default(16).describe('Rank of the two added matrices.'),
    alpha: integer(1, 4096)
      .default(32)
      .describe('Scale of the adapter, divided by rank (Plain) or by its square root (RsLora).'),
    dropout: decimal({ min: 0, max: 0.9 }).default('0').describe('Share of adapter inputs set to zero in training.'),
    targets: z.enum(loraTargets).default('AllLinear').describe('Which linear layers get an adapter.'),
    targetModules: moduleNames
      .optional()
      .describe('Names of the layers that get an adapter, such as q_proj or self_attn.q_proj, in place of targets.'),
    layersToTransform: z
      .array(integer(0, 1023))
      .min(1)
      .max(128)
      .optional()
      .describe('Numbers of the layers that get an adapter, from 0; all when absent.'),
    rankPattern: pattern(integer(1, 1024), 'Ranks that differ from rank, by the last parts of a layer name.'),
    alphaPattern: pattern(integer(1, 4096), 'Alphas that differ from alpha, by the last parts of a layer name.'),
    variant: z
      .enum(loraVariants)
      .default('Plain')
      .describe('Plain, RsLora (for high ranks) or DoRA, which trains the length of each row beside its direction.'),
  },
  [
    {
      rule: "!has(self.targetModules) || self.targets == 'AllLinear'",
      message: 'targetModules takes the place of targets: remove one of them',
      fieldPath: '.targetModules',
    },
  ],
);

const textStarts: Rule = {
  rule: "(self.init == 'Text') == has(self.text)",
  message: 'init: Text needs text, and text needs init: Text',
  fieldPath: '.text',
};

const softPrompt = block(
  'Trained vectors before the prompt; the model stays frozen.',
  {
    tokens: integer(1, 1024).default(20).describe('Number of trained vectors.'),
    init: z.enum(softPromptInits).default('Random').describe('What the vectors start from.'),
    text: text(4096)
      .min(1)
      .optional()
      .describe('Text whose embeddings the vectors start from (init: Text), repeated or cut to tokens.'),
  },
  [textStarts],
);

const prefix = block(
  'Trained keys and values before the prompt, in every layer; the model stays frozen.',
  {
    tokens: integer(1, 1024).default(20).describe('Number of trained positions.'),
    init: z.enum(prefixInits).default('Random').describe('What they start from; Text is what the base keeps of text.'),
    text: text(4096)
      .min(1)
      .optional()
      .describe('Text that the base reads first (init: Text), repeated or cut to tokens.'),
  },
  [textStarts],
);

const ia3 = block(
  'Trained factors of keys, values and inner activations; the model stays frozen.',
  {
    targetModules: moduleNames
      .optional()
      .describe('Names of the layers that are scaled; keys, values and the last of the feed-forward when absent.'),
    feedforwardModules: moduleNames
      .optional()
      .describe('Those of targetModules whose inputs are scaled; of the others it is the outputs.'),
  },
  [
    {
      rule: '!has(self.feedforwardModules) || (has(self.targetModules) && self.feedforwardModules.all(name, name in self.targetModules))',
      message: 'feedforwardModules are some of targetModules: name them there as well',
      fieldPath: '.feedforwardModules',
    },
  ],
);

const topLayers = block(
  'Some layers of the model alone, at its end or its beginning.',
  {
    count: integer(0, 128).default(2).describe('Number of layers trained; 0 with head: true trains the head alone.'),
    from: z.enum(layerEnds).default('Last').describe('Which end of the model they are counted from.'),
    finalNorm: z.boolean().default(false).describe('Whether the norm after the last layer is trained too.'),
    head: z
      .boolean()
      .default(false)
      .describe('Whether the output head is trained too; where it is tied, that is the token embedding as well.'),
  },
  [
    {
      rule: 'self.count > 0 || self.finalNorm || self.head',
      message: 'nothing would be trained: write a count, or head: true',
      fieldPath: '.count',
    },
  ],
);

export const method = block(
  'What is trained: exactly one.',
  {
    lora: lora.optional(),
    full: block('Every weight.', {}).optional(),
    softPrompt: softPrompt.optional(),
    prefix: prefix.optional(),
    ia3: ia3.optional(),
    topLayers: topLayers.optional(),
    template: block('Nothing: only the prompt is set, and the result is scored all the same.', {}).optional(),
  },
  [exactlyOne(methods, `write exactly one of ${methods.join(', ')}, such as lora: {}`)],
);
export type Method = z.infer<typeof method>;
export type Lora = z.infer<typeof lora>;

/** The one method that a valid spec names. */
export function methodName(spec: Method): MethodName {
  const name = methods.find((candidate) => spec[candidate] !== undefined);
  if (name === undefined) throw new Error('spec.method: found nothing, expected exactly one method; validate first.');
  return name;
}

import { z } from 'zod';
import { loraTargets, loraVariants, methods, softPromptInits, type MethodName } from './catalog.ts';
import { block, decimal, exactlyOne, integer, matching, text } from './scalars.ts';

const moduleName = matching(
  128,
  /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/,
  'module name',
  'the last parts of the name of a layer, such as q_proj or layers.0.mlp.up_proj',
);

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
    targetModules: z
      .array(moduleName)
      .min(1)
      .max(64)
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

const softPrompt = block(
  'Trained vectors before the prompt; the model stays frozen.',
  {
    tokens: integer(1, 1024).default(20).describe('Number of trained vectors.'),
    init: z.enum(softPromptInits).default('Random').describe('What the vectors start from.'),
    text: text(4096).min(1).optional().describe('Text whose embeddings the vectors start from (init: Text).'),
  },
  [
    {
      rule: "(self.init == 'Text') == has(self.text)",
      message: 'init: Text needs text, and text needs init: Text',
      fieldPath: '.text',
    },
  ],
);

export const method = block(
  'What is trained: exactly one.',
  {
    lora: lora.optional(),
    full: block('Every weight.', {}).optional(),
    softPrompt: softPrompt.optional(),
    prefix: block('Trained keys and values before every layer.', {
      tokens: integer(1, 1024).default(20).describe('Number of trained positions.'),
    }).optional(),
    topLayers: block('The last layers alone.', {
      count: integer(1, 128).default(2).describe('Number of layers trained, from the top.'),
    }).optional(),
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

import { z } from 'zod';
import { architectures, jobKinds, modelSchemes } from './catalog.ts';
import { presetNames } from './presets.ts';
import { block, decimal, digest, dnsName, exactlyOne, integer, text, uri, type Rule } from './scalars.ts';

/** A reference to another job's output, in the same namespace. */
export const fromJob = block(
  'The output of another job in the same namespace; the object waits until that job is Complete.',
  {
    kind: z.enum(jobKinds).default('FineTuneJob').describe('Kind of the job.'),
    name: dnsName.describe('Name of the job.'),
  },
);

export const secretRef = block(
  'A Secret in the same namespace with the credentials of a store, mounted by name; its keys are variables such as AWS_ACCESS_KEY_ID or HF_TOKEN.',
  { name: dnsName.describe('Name of the Secret.') },
);

export const scratchFields = {
  architecture: z.enum(architectures).default('llama').describe('Model family.'),
  layers: integer(1, 128).describe('Decoder layers.'),
  hidden: integer(8, 16384).describe('Width of the hidden state.'),
  heads: integer(1, 256).describe('Attention heads; hidden must be a multiple of it.'),
  kvHeads: integer(1, 256).optional().describe('Heads of keys and values (not gpt2); as many as heads when absent.'),
  context: integer(16, 131_072).default(512).describe('Longest text in tokens.'),
  vocabulary: integer(258, 524_288).default(8192).describe('Tokens of the byte-level BPE tokenizer trained first.'),
  intermediate: integer(8, 65_536)
    .optional()
    .describe('Width of the feed-forward layer; 4 (gpt2) or 8/3 (others) times hidden when absent.'),
  tieEmbeddings: z.boolean().default(true).describe('Whether the output head shares the token embedding.'),
  ropeTheta: decimal({ above: 0 }).optional().describe('Base of the rotary positions (not gpt2); 10000 when absent.'),
};

export const scratchRules: readonly Rule[] = [
  {
    rule: 'self.hidden % self.heads == 0',
    message: 'hidden must be a multiple of heads, such as hidden: 384 with heads: 6',
    fieldPath: '.hidden',
  },
  {
    rule: '!has(self.kvHeads) || self.heads % self.kvHeads == 0',
    message: 'heads must be a multiple of kvHeads, such as heads: 6 with kvHeads: 2',
    fieldPath: '.kvHeads',
  },
  {
    rule: "self.architecture != 'gpt2' || (!has(self.kvHeads) && !has(self.ropeTheta))",
    message: 'architecture gpt2 has neither kvHeads nor ropeTheta: remove them, or write architecture: llama',
  },
  {
    rule: "self.architecture == 'gpt2' || (self.hidden / self.heads) % 2 == 0",
    message: 'hidden divided by heads must be even unless architecture is gpt2, since rotary positions turn pairs',
    fieldPath: '.hidden',
  },
];

/** The ways to name a model that is there. */
export const modelNames = {
  uri: uri(modelSchemes).optional().describe('Address of a model folder or a .gguf file; file:// on a laptop only.'),
  preset: z.enum(presetNames).optional().describe('A public model by one word: see docs/models.md, or wikigpt models.'),
  fromJob: fromJob.optional(),
};

/** What a named model is held against, and read with. */
export const modelPins = {
  revision: text(128).min(1).optional().describe('Branch, tag or commit of a repository hf://; main when absent.'),
  digest: digest.optional().describe('Digest the model must have; another one fails the job with DigestMismatch.'),
  secretRef: secretRef.optional(),
};

/** What holds of every named model. */
export const modelRules: readonly Rule[] = [
  {
    rule: "!has(self.uri) || !self.uri.startsWith('hf://') || self.uri.matches('^hf://[^/@]+/[^/@]+(@[^/]+)?(/.*)?$') && !self.uri.startsWith('hf://datasets/')",
    message: 'a model of a hub is hf://org/name, with @revision and /path behind it where they are needed',
    fieldPath: '.uri',
  },
  {
    rule: "!has(self.uri) || !self.uri.startsWith('http') || self.uri.matches('^[^?]*[.]gguf([?].*)?$')",
    message:
      'a web server gives one file: write the address of a .gguf file, or name a folder by hf://, s3://, oci:// or pvc://',
    fieldPath: '.uri',
  },
  {
    rule: "!has(self.revision) || has(self.preset) || (has(self.uri) && self.uri.startsWith('hf://') && !self.uri.contains('@'))",
    message: 'revision belongs to preset, or to an address hf:// that names none by @: remove it',
  },
];

const scratch = block(
  'A new model with random weights, pretrained by this job on its own data with its own tokenizer.',
  scratchFields,
  scratchRules,
);

export const base = block(
  'The model that training starts from: exactly one of uri, preset, fromJob and scratch.',
  {
    ...modelNames,
    scratch: scratch.optional(),
    ...modelPins,
  },
  [
    exactlyOne(['uri', 'preset', 'fromJob', 'scratch'], 'write exactly one of uri, preset, fromJob and scratch'),
    {
      rule: '!has(self.scratch) || (!has(self.revision) && !has(self.digest) && !has(self.secretRef))',
      message: 'scratch starts from random weights: remove revision, digest and secretRef',
    },
    ...modelRules,
  ],
);
export type Base = z.infer<typeof base>;
export type Scratch = z.infer<typeof scratch>;
export type FromJob = z.infer<typeof fromJob>;

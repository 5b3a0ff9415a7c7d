import { z } from 'zod';
import { dataSchemes, deduplications, formats, languages, splitUnits } from './catalog.ts';
import { secretRef } from './base.ts';
import { block, digest, integer, percent, text, uri } from './scalars.ts';

const column = text(256).min(1).optional();

const columns = block('Names of the fields in the file, where they differ from the names that the format expects.', {
  text: column.describe('Field with the text (text).'),
  question: column.describe('Field with the question (qa).'),
  answer: column.describe('Field with the answer (qa).'),
  entity: column.describe('Field with the entity that a record speaks of (split by Entity).'),
  language: column.describe('Field with the language of a record.'),
  wording: column.describe('Field with the wording that a question uses (qa).'),
  messages: column.describe('Field with the list of messages (messages).'),
  conversations: column.describe('Field with the list of turns (sharegpt).'),
  instruction: column.describe('Field with the instruction (alpaca).'),
  input: column.describe('Field with the input (alpaca).'),
  output: column.describe('Field with the output (alpaca).'),
  prompt: column.describe('Field with the prompt (promptCompletion, preference).'),
  completion: column.describe('Field with the completion (promptCompletion).'),
  chosen: column.describe('Field with the better answer (preference).'),
  rejected: column.describe('Field with the worse answer (preference).'),
});

export const source = block('One file, folder or generator of records.', {
  uri: uri(dataSchemes).describe(
    'Address of the records: JSONL, CSV or text; npm://package/export is a data generator that an npm package provides; file:// on a laptop only.',
  ),
  format: z.enum(formats).describe('What a record looks like.'),
  columns: columns.optional(),
  digest: digest.optional().describe('Digest the file must have; another one fails the job with DigestMismatch.'),
  secretRef: secretRef.optional(),
});

const template = text(8192)
  .min(1)
  .meta({
    'x-kubernetes-validations': [
      {
        rule: "self.contains('{{')",
        message: 'must be text with at least one field of the record in double braces, such as {{question}}',
      },
    ],
  });

export const prompt = block(
  'How a record becomes a prompt; without a template the chat template of the model is used.',
  {
    template: template
      .optional()
      .describe(
        'Text with fields in double braces; it ends right before the answer or contains {{answer}}. Loss falls on the answer alone.',
      ),
    templates: z.record(z.string(), template).optional().meta({
      maxProperties: 8,
      description: 'A template for each language (zh, en), for records that name their language.',
    }),
    fewShot: integer(0, 32).default(0).describe('Solved examples put before the question.'),
    system: text(8192).default('').describe('System message; none when empty.'),
  },
  [
    {
      rule: `!has(self.templates) || self.templates.all(language, language in ['${languages.join("', '")}'])`,
      message: `templates has one entry for each language: ${languages.join(', ')}`,
      fieldPath: '.templates',
    },
  ],
);

export const split = block(
  'Which records are kept from training, for validation and for the test.',
  {
    testPercent: percent.default(10).describe('Share kept for the test.'),
    validationPercent: percent.default(5).describe('Share kept for the validation loss.'),
    by: z
      .enum(splitUnits)
      .default('Record')
      .describe(
        'Entity keeps all records of one entity on one side, so that the test asks about entities never trained.',
      ),
    seed: integer(0, 2_147_483_647).default(42).describe('Seed of the split.'),
  },
  [
    {
      rule: 'self.testPercent + self.validationPercent <= 90',
      message: 'testPercent and validationPercent together must be at most 90, so that something is left to train on',
    },
  ],
);

export const clean = block('What is dropped before training, and how much of it is too much.', {
  deduplicate: z
    .enum(deduplications)
    .default('Exact')
    .describe('Drops records that are equal, or nearly equal (MinHash).'),
  languages: z
    .array(z.enum(languages))
    .max(languages.length)
    .default([])
    .describe('Keeps records in these languages only; all when empty.'),
  maxTokens: integer(8, 131_072).default(512).describe('Drops longer records.'),
  maxBadRecordsPercent: percent
    .default(1)
    .describe('Share of unreadable records above which the job fails with DataInvalid.'),
  maxLeakagePercent: percent
    .default(1)
    .describe('Share of test records found in the training part above which the job fails with DataInvalid.'),
});

export const data = block('What the model learns from.', {
  sources: z.array(source).min(1).max(32).describe('Where the records come from.'),
  prompt: prompt.prefault({}),
  split: split.prefault({}),
  clean: clean.prefault({}),
});
export type Data = z.infer<typeof data>;
export type DataSource = z.infer<typeof source>;
export type Prompt = z.infer<typeof prompt>;
export type Split = z.infer<typeof split>;
export type Clean = z.infer<typeof clean>;

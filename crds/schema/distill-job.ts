import { z } from 'zod';
import { modelNames, modelPins, modelRules, scratchFields, scratchRules, secretRef } from './base.ts';
import { apiVersion, divergences, likelihoodMetrics, metrics, stateLosses } from './catalog.ts';
import { data, source } from './data.ts';
import { noPairs } from './dpo.ts';
import { changeable, deadlineOnlyRises, keepsFields } from './immutable.ts';
import { distillJobStatus } from './job-status.ts';
import { objectMeta, shortName } from './metadata.ts';
import { method } from './method.ts';
import { block, decimal, dnsName, exactlyOne, integer, text, uri, withRules } from './scalars.ts';
import {
  formatsOfMethods,
  runFields,
  scratchStandsAlone,
  task,
  trainingFields,
  validationIsHeldOut,
} from './training-job.ts';

const endpoint = block('A server that speaks the OpenAI API.', {
  url: uri(['http', 'https']).describe('Base address, such as https://llm.example/v1.'),
  model: text(253).min(1).describe('Name of the model there.'),
  secretRef: secretRef
    .optional()
    .describe('Secret whose key apiKey is sent as a bearer token; without a cluster the variable OPENAI_API_KEY is.'),
  concurrency: integer(1, 256).default(4).describe('Questions under way at one time.'),
  requestsPerMinute: integer(1, 1_000_000).optional().describe('Most calls in a minute; no limit when absent.'),
  tokenBudget: integer(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Tokens of questions and answers that may be paid for; what is left unasked then stays so.'),
});

const teacherSources = ['uri', 'preset', 'fromJob', 'chatModel', 'endpoint'];
const teacher = block(
  `The model that is learned from: exactly one of ${teacherSources.join(', ')}.`,
  {
    ...modelNames,
    ...modelPins,
    chatModel: block('A ChatModel in the same namespace; the object waits until it serves.', {
      name: dnsName.describe('Name of the ChatModel.'),
    }).optional(),
    endpoint: endpoint.optional(),
  },
  [
    exactlyOne(teacherSources, `write exactly one of ${teacherSources.join(', ')}`),
    ...modelRules,
    {
      rule: '!(has(self.chatModel) || has(self.endpoint)) || (!has(self.digest) && !has(self.secretRef))',
      message: 'a teacher that is asked over the network has no files to check: remove digest and secretRef',
    },
  ],
);

const { vocabulary: _tokenizerOfTheTeacher, ...freshFields } = scratchFields;
const studentSources = ['uri', 'preset', 'fromJob', 'scratch', 'shrink'];
const student = block(
  `The model that learns: exactly one of ${studentSources.join(', ')}.`,
  {
    ...modelNames,
    ...modelPins,
    scratch: block(
      'A new model with random weights and the tokenizer of the teacher.',
      freshFields,
      scratchRules,
    ).optional(),
    shrink: block('The embeddings of the teacher and some of its layers, evenly spread, at its width.', {
      layers: integer(1, 128).describe('Layers that the student keeps; fewer than the teacher has.'),
      intermediate: integer(1, 262_144)
        .optional()
        .describe('Neurons that each feed-forward layer keeps, those with the largest weights; all when absent.'),
    }).optional(),
  },
  [
    exactlyOne(studentSources, `write exactly one of ${studentSources.join(', ')}`),
    ...modelRules,
    {
      rule: '!(has(self.scratch) || has(self.shrink)) || (!has(self.revision) && !has(self.digest) && !has(self.secretRef))',
      message: 'scratch and shrink make the student here: remove revision, digest and secretRef',
    },
  ],
);

const logits = block(
  'The student follows what the teacher holds likely for each token.',
  {
    divergence: z
      .enum(divergences)
      .default('ForwardKL')
      .describe('ForwardKL covers all that the teacher may say, ReverseKL what it says most, JSD lies between them.'),
    beta: decimal({ above: 0, below: 1 }).optional().describe('Where JSD lies between the two; 0.5 when absent.'),
    temperature: decimal({ above: 0, max: 100 })
      .default('2.0')
      .describe('Softens both distributions; the loss is multiplied by its square.'),
    weight: decimal({ above: 0, max: 1 })
      .default('0.5')
      .describe('Share of this loss; the rest is the loss on the answers of the data.'),
    topK: integer(0, 1024)
      .default(0)
      .describe(
        'Likeliest tokens of the teacher that are kept on disk, so that it is asked once; 0 asks it in every step.',
      ),
  },
  [
    {
      rule: "!has(self.beta) || self.divergence == 'JSD'",
      message: 'beta belongs to divergence: JSD',
      fieldPath: '.beta',
    },
  ],
);

const hidden = block('Hidden states of the student follow those of the teacher.', {
  layers: z
    .array(z.array(integer(0, 128)).min(2).max(2))
    .min(1)
    .max(128)
    .describe('Pairs of a layer of the student and one of the teacher; 0 is the embedding.'),
  loss: z
    .enum(stateLosses)
    .default('MSE')
    .describe('MSE compares the numbers of two states, Cosine their directions alone.'),
  weight: decimal({ above: 0, max: 1000 }).default('0.1').describe('Weight of this loss beside the others.'),
});

const attention = block('The student looks where the teacher looks, on the mean of the heads of a layer.', {
  layers: z
    .array(z.array(integer(1, 128)).min(2).max(2))
    .min(1)
    .max(128)
    .describe('Pairs of a layer of the student and one of the teacher, from 1.'),
  weight: decimal({ above: 0, max: 1000 }).default('1').describe('Weight of this loss beside the others.'),
});

const answerFilter = block('Which answers of the teacher are learned from; empty ones and copies never are.', {
  minCharacters: integer(1, 1_000_000).optional().describe('Shortest answer.'),
  maxCharacters: integer(1, 1_000_000).optional().describe('Longest answer.'),
  minAgreement: decimal({ above: 0, max: 1 })
    .optional()
    .describe('Share of the samples of a question that must be the same answer.'),
});

const distillationRoutes = ['logits', 'hidden', 'attention', 'sequence', 'onPolicy'];
const distillation = block(
  'What the student takes from the teacher: one or more.',
  {
    logits: logits.optional(),
    hidden: hidden.optional(),
    attention: attention.optional(),
    sequence: block('The teacher writes the answers that the student learns from.', {
      samplesPerPrompt: integer(1, 64).default(1).describe('Answers to each question.'),
      prompts: z
        .array(source)
        .max(16)
        .default([])
        .describe('Further questions for the teacher to answer; answers that stand there are not read.'),
      temperature: decimal({ min: 0, max: 5 })
        .optional()
        .describe('0 takes the likeliest token; when absent 0 for one sample and 1 for several.'),
      topP: decimal({ above: 0, max: 1 }).default('1').describe('Share of probability that sampling looks at.'),
      filter: answerFilter.optional(),
      gate: block('How good the answers must be where the data has answers of its own; else the job fails.', {
        metric: z.enum(metrics).exclude(likelihoodMetrics).describe('Which metric.'),
        min: decimal().describe('Lowest score over all of them.'),
      }).optional(),
    }).optional(),
    onPolicy: block('The student writes, and the teacher grades each token of it.', {
      fraction: decimal({ above: 0, max: 1 }).default('0.5').describe('Share of batches that the student writes.'),
    }).optional(),
  },
  [
    {
      rule: distillationRoutes.map((name) => `has(self.${name})`).join(' || '),
      message: `write at least one of ${distillationRoutes.join(', ')}, such as logits: {}`,
    },
    {
      rule: '!(has(self.hidden) || has(self.attention)) || !has(self.logits) || self.logits.topK == 0',
      message:
        'hidden and attention need the teacher in every step, so nothing is gained by logits.topK: remove one of them',
      fieldPath: '.logits.topK',
    },
    {
      rule: '!has(self.onPolicy) || has(self.logits)',
      message: 'onPolicy grades by the distribution of the teacher: add logits: {}',
      fieldPath: '.onPolicy',
    },
  ],
);

const specFields = {
  teacher,
  student,
  distillation,
  task,
  data,
  method: method.prefault({ full: {} }),
  ...trainingFields,
  ...runFields,
};

const asked = 'has(self.teacher.chatModel) || has(self.teacher.endpoint)';
export const distillJobSpec = block('Who learns from whom, how, and what must be reached.', specFields, [
  {
    rule: `!(${asked}) || !(has(self.distillation.logits) || has(self.distillation.hidden) || has(self.distillation.attention))`,
    message:
      'a teacher that is asked over the network gives texts alone: use distillation.sequence, or name its weights by uri, preset or fromJob',
    fieldPath: '.distillation',
  },
  {
    rule: `!(${asked}) || !(has(self.student.shrink) || has(self.student.scratch))`,
    message: 'student.shrink and student.scratch need files of the teacher: name it by uri, preset or fromJob',
    fieldPath: '.student',
  },
  {
    rule: `!(${asked}) || (has(self.evaluation.metrics) ? !(self.evaluation.metrics[0] in ['${likelihoodMetrics.join("', '")}']) : self.task != 'Text')`,
    message: 'a teacher that is asked over the network is compared by its answers: put a metric of answers first',
    fieldPath: '.evaluation.metrics',
  },
  {
    rule: '!(has(self.student.scratch) || has(self.student.shrink)) || has(self.method.full)',
    message: 'a student that is made here learns with every weight: write method: {full: {}}',
    fieldPath: '.method',
  },
  ...formatsOfMethods,
  noPairs,
  {
    rule: '!has(self.method.template)',
    message: 'method template trains nothing, and a student has to learn: write another method, such as full: {}',
    fieldPath: '.method',
  },
  validationIsHeldOut,
  ...scratchStandsAlone('student'),
  ...keepsFields(Object.keys(specFields).filter((name) => !changeable.includes(name))),
  deadlineOnlyRises,
]);
export type DistillJobSpec = z.infer<typeof distillJobSpec>;

export const distillJob = z
  .object({
    apiVersion: z.literal(apiVersion),
    kind: z.literal('DistillJob'),
    metadata: objectMeta,
    spec: distillJobSpec,
    status: distillJobStatus.optional(),
  })
  .meta({
    description: 'Trains a small student to do what a large teacher does, and compares the two.',
    ...withRules([shortName]),
  });
export type DistillJob = z.infer<typeof distillJob>;
export type DistillJobManifest = z.input<typeof distillJob>;

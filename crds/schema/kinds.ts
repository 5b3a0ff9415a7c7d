import type { z } from 'zod';
import { chatModel, type ChatModel } from './chat-model.ts';
import { distillJob, type DistillJob } from './distill-job.ts';
import { fineTuneJob, type FineTuneJob } from './fine-tune-job.ts';

/** A column of `kubectl get`; priority 1 shows it only with `-o wide`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly priority?: 1;
}

export interface Kind {
  readonly schema: z.ZodType;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
  readonly columns: readonly Column[];
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath: string;
  };
}

const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const jobColumns: readonly Column[] = [
  { name: 'Method', type: 'string', jsonPath: '.status.method' },
  { name: 'State', type: 'string', jsonPath: ".status.conditions[?(@.type=='Succeeded')].reason" },
  { name: 'Step', type: 'string', jsonPath: '.status.progress.steps' },
  { name: 'Loss', type: 'string', jsonPath: '.status.progress.loss' },
  { name: 'Eval', type: 'string', jsonPath: '.status.evaluation.summary' },
  { name: 'ETA', type: 'string', jsonPath: '.status.progress.eta' },
  age,
  { name: 'Tokens/s', type: 'string', jsonPath: '.status.progress.tokensPerSecond', priority: 1 },
  { name: 'Memory', type: 'string', jsonPath: '.status.estimate.memory', priority: 1 },
  { name: 'Evictions', type: 'integer', jsonPath: '.status.restarts.evictions', priority: 1 },
  { name: 'Artifact', type: 'string', jsonPath: '.status.artifact.digest', priority: 1 },
];

/** The kinds of the API. */
export const kinds = {
  FineTuneJob: {
    schema: fineTuneJob,
    plural: 'finetunejobs',
    singular: 'finetunejob',
    shortName: 'ftj',
    columns: [{ name: 'Base', type: 'string', jsonPath: '.status.base' }, ...jobColumns],
  },
  DistillJob: {
    schema: distillJob,
    plural: 'distilljobs',
    singular: 'distilljob',
    shortName: 'dj',
    columns: [
      { name: 'Teacher', type: 'string', jsonPath: '.status.teacher' },
      { name: 'Student', type: 'string', jsonPath: '.status.student' },
      ...jobColumns,
      { name: 'Retained', type: 'string', jsonPath: '.status.report.retainedPercent', priority: 1 },
    ],
  },
  ChatModel: {
    schema: chatModel,
    plural: 'chatmodels',
    singular: 'chatmodel',
    shortName: 'chm',
    columns: [
      { name: 'Model', type: 'string', jsonPath: '.status.model' },
      { name: 'State', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].reason" },
      { name: 'URL', type: 'string', jsonPath: '.status.url' },
      { name: 'Ready', type: 'string', jsonPath: '.status.ready' },
      { name: 'Live', type: 'string', jsonPath: '.status.live' },
      age,
      { name: 'Digest', type: 'string', jsonPath: '.status.digest', priority: 1 },
    ],
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as KindName[];

/** A manifest that was read, checked and given its defaults. */
export type Resource = FineTuneJob | DistillJob | ChatModel;

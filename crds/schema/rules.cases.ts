/** Manifests that a rule accepts or refuses: changes to a small valid manifest, and the sentence a user reads. */
import { distillCases } from './distill-job.cases.ts';
import { methodCases } from './method.cases.ts';
import { chat, job, updated, type RuleCase } from './rule-case.ts';
import { trainingCases } from './training.cases.ts';

const digest = `sha256:${'0a'.repeat(32)}`;
const scratch = { layers: 2, hidden: 64, heads: 4 };
const pretraining = { 'spec.base': { scratch }, 'spec.method': { full: {} } };
const gate = (...require: object[]) => ({ require });
const baseCases = [
  job('base: a preset', { 'spec.base': { preset: 'gpt2', revision: 'main', digest } }),
  job('base: another job', { 'spec.base': { fromJob: { name: 'wiki-gpt' } } }),
  job('base: from scratch', pretraining),
  job(
    'base: two of them',
    { 'spec.base.preset': 'gpt2' },
    'spec.base: found a block with uri, preset; write exactly one of uri, preset, fromJob and scratch',
  ),
  job(
    'base: none',
    { 'spec.base': {} },
    'spec.base: found an empty block; write exactly one of uri, preset, fromJob and scratch',
  ),
  job(
    'base: a digest of random weights',
    { ...pretraining, 'spec.base.digest': digest },
    'spec.base: found a block with scratch, digest; scratch starts from random weights: remove revision, digest and secretRef',
  ),
  job(
    'base: a revision of a job',
    { 'spec.base': { fromJob: { name: 'wiki-gpt' }, revision: 'main' } },
    'spec.base: found a block with fromJob, revision; revision belongs to preset, or to an address hf:// that names none by @: remove it',
  ),
  job('base: a file of a repository', { 'spec.base.uri': 'hf://org/model-GGUF@main/q8.gguf' }),
  job(
    'base: a repository without its owner',
    { 'spec.base.uri': 'hf://gpt2' },
    'spec.base.uri: found "hf://gpt2"; a model of a hub is hf://org/name, with @revision and /path behind it where they are needed',
  ),
  job(
    'base: a repository of data',
    { 'spec.base.uri': 'hf://datasets/org/name' },
    'spec.base.uri: found "hf://datasets/org/name"; a model of a hub is hf://org/name, with @revision and /path behind it where they are needed',
  ),
  job('base: a file of a web server', { 'spec.base.uri': 'https://host/small.gguf?signature=1' }),
  job(
    'base: a folder of a web server',
    { 'spec.base.uri': 'https://host/small.gguf/' },
    'spec.base.uri: found "https://host/small.gguf/"; a web server gives one file: write the address of a .gguf file, or name a folder by hf://, s3://, oci:// or pvc://',
  ),
  job('base: a revision of a repository', { 'spec.base': { uri: 'hf://org/model', revision: 'v1' } }),
  job(
    'base: a revision beside another',
    { 'spec.base': { uri: 'hf://org/model@main', revision: 'v1' } },
    'spec.base: found a block with uri, revision; revision belongs to preset, or to an address hf:// that names none by @: remove it',
  ),
  job(
    'base: an unknown scheme',
    { 'spec.base.uri': 'ftp://models/gpt2' },
    'spec.base.uri: found "ftp://models/gpt2", expected an address that starts with hf://, s3://, oci://, pvc://, http://, https://, file://',
  ),
  job(
    'base: a short digest',
    { 'spec.base.digest': 'sha256:12' },
    'spec.base.digest: found "sha256:12", expected sha256: followed by 64 hexadecimal digits',
  ),
];

const scratchCases = [
  job('scratch: grouped heads', { ...pretraining, 'spec.base.scratch.kvHeads': 2 }),
  job('scratch: qwen3 with rotary positions', {
    ...pretraining,
    'spec.base.scratch': { ...scratch, architecture: 'qwen3', kvHeads: 2, ropeTheta: '1000000' },
  }),
  job('scratch: gpt2', { ...pretraining, 'spec.base.scratch.architecture': 'gpt2' }),
  job(
    'scratch: an odd width',
    { ...pretraining, 'spec.base.scratch.hidden': 65 },
    'spec.base.scratch.hidden: found 65; hidden must be a multiple of heads, such as hidden: 384 with heads: 6',
  ),
  job(
    'scratch: heads that cannot be grouped',
    { ...pretraining, 'spec.base.scratch.kvHeads': 3 },
    'spec.base.scratch.kvHeads: found 3; heads must be a multiple of kvHeads, such as heads: 6 with kvHeads: 2',
  ),
  job(
    'scratch: gpt2 with rotary positions',
    { ...pretraining, 'spec.base.scratch': { ...scratch, architecture: 'gpt2', ropeTheta: '10000' } },
    'spec.base.scratch: found a block with layers, hidden, heads, architecture, ropeTheta; architecture gpt2 has neither kvHeads nor ropeTheta: remove them, or write architecture: llama',
  ),
  job(
    'scratch: an odd head',
    { ...pretraining, 'spec.base.scratch.hidden': 60 },
    'spec.base.scratch.hidden: found 60; hidden divided by heads must be even unless architecture is gpt2, since rotary positions turn pairs',
  ),
  job(
    'scratch: with adapters',
    { 'spec.base': { scratch } },
    'spec.method: found a block with lora; base.scratch has only random weights: write method: {full: {}}, and tune its result with another job',
  ),
  job('scratch: rows as long as the context', { ...pretraining, 'spec.training.sequenceLength': 512 }),
  job(
    'scratch: rows longer than the context',
    { ...pretraining, 'spec.training.sequenceLength': 513 },
    'spec.training.sequenceLength: found 513; training.sequenceLength must be at most base.scratch.context',
  ),
  job('scratch: against the most frequent answer', {
    ...pretraining,
    'spec.evaluation': { baselines: ['Majority'], gate: gate({ metric: 'Perplexity', max: '40' }) },
  }),
  job(
    'scratch: better than its base',
    { ...pretraining, 'spec.evaluation': { gate: gate({ metric: 'F1', betterThan: 'Base' }) } },
    'spec.evaluation: found a block with gate; base.scratch has no model to compare with: use Majority as a baseline, or a gate with min or max',
  ),
];

const dataCases = [
  job('prompt: a template for each language', {
    'spec.data.prompt': {
      templates: { zh: '给定问题：{{question}}，给定答案：', en: 'Question: {{question}} Answer:' },
    },
  }),
  job(
    'prompt: a template without a field',
    { 'spec.data.prompt': { template: 'Answer the question.' } },
    'spec.data.prompt.template: found "Answer the question.", expected text with at least one field of the record in double braces, such as {{question}}',
  ),
  job(
    'prompt: an unknown language',
    { 'spec.data.prompt': { templates: { fr: '{{question}}' } } },
    'spec.data.prompt.templates: found a block with fr; templates has one entry for each language: zh, en',
  ),
  job('split: most of the data', { 'spec.data.split': { testPercent: 80, validationPercent: 10 } }),
  job(
    'split: all of the data',
    { 'spec.data.split': { testPercent: 90, validationPercent: 10 } },
    'spec.data.split: found a block with testPercent, validationPercent; testPercent and validationPercent together must be at most 90, so that something is left to train on',
  ),
];

const outputCases = [
  job('output: the default store, with credentials', { 'spec.output': { secretRef: { name: 'store' } } }),
  job('output: a bucket', { 'spec.output': { uri: 's3://models', secretRef: { name: 'store' } } }),
  job(
    'output: credentials for a volume',
    { 'spec.output': { uri: 'pvc://models', secretRef: { name: 'store' } } },
    'spec.output.secretRef: found a block with name; pvc:// and file:// need no credentials: remove secretRef',
  ),
  job('output: a LoRA adapter', { 'spec.output.formats': ['Adapter', 'Merged'] }),
  job(
    'output: an adapter of full training',
    { 'spec.method': { full: {} }, 'spec.output.formats': ['Adapter'] },
    'spec.output.formats: found a list of 1; method full trains every weight and makes no adapter: remove Adapter from output.formats',
  ),
];

const evaluationCases = [
  job('gate: better than the base', {
    'spec.evaluation': { gate: gate({ metric: 'ExactMatch', betterThan: 'Base' }) },
  }),
  job(
    'gate: a metric without a bound',
    { 'spec.evaluation': { gate: gate({ metric: 'F1' }) } },
    'spec.evaluation.gate.require[0]: found a block with metric; write min, max or betterThan, such as min: "0.6" or betterThan: Base',
  ),
  job(
    'gate: a share of a teacher that is not there',
    { 'spec.evaluation': { gate: gate({ metric: 'F1', retainedPercent: '90' }) } },
    'spec.evaluation.gate: found a block with require; retainedPercent compares a student with its teacher: use min, max or betterThan, or make a DistillJob',
  ),
  job(
    'gate: a metric that is not computed',
    { 'spec.evaluation': { metrics: ['BLEU'], gate: gate({ metric: 'F1', min: '0.6' }) } },
    'spec.evaluation.gate: found a block with require; every metric in gate.require must be listed in metrics: add it there',
  ),
  job(
    'test sets: the name of the main one',
    {
      'spec.evaluation': {
        testSets: [{ name: 'test', sources: [{ uri: 'npm://@wikigpt/country-facts/ghosts', format: 'qa' }] }],
      },
    },
    'spec.evaluation.testSets: found a list of 1; test is the name of the main test set: choose another name',
  ),
  job(
    'test sets: the same name twice',
    {
      'spec.evaluation': {
        testSets: ['a', 'a'].map((name) => ({ name, sources: [{ uri: 'configmap://a/b.jsonl', format: 'qa' }] })),
      },
    },
    'spec.evaluation.testSets[1].name: found "a", expected a name that no other entry has',
  ),
];

const podCases = [
  job('resources: by hand', { 'spec.resources': { mode: 'Manual', requests: { cpu: 2, memory: '3Gi' } } }),
  job(
    'resources: estimated and by hand',
    { 'spec.resources': { requests: { cpu: 2 } } },
    'spec.resources: found a block with requests; mode: Auto estimates them itself: remove requests and limits; or write mode: Manual with requests',
  ),
  job(
    'resources: no quantity',
    { 'spec.resources': { mode: 'Manual', requests: { memory: '3 GB' } } },
    'spec.resources.requests.memory: found "3 GB", expected a quantity such as 2, 500m or 3Gi',
  ),
  job('pod: a variable from a Secret', {
    'spec.pod.env': [{ name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: 'hf', key: 'token' } } }],
  }),
  job(
    'pod: a variable without a value',
    { 'spec.pod.env': [{ name: 'HF_TOKEN' }] },
    'spec.pod.env[0]: found a block with name; write exactly one of value and valueFrom',
  ),
  job(
    'pod: a name that no shell takes',
    { 'spec.pod.env': [{ name: 'HF-TOKEN', value: '' }] },
    'spec.pod.env[0].name: found "HF-TOKEN", expected letters, digits and _, such as MY_VARIABLE',
  ),
  job('name: as long as it may be', { 'metadata.name': 'a'.repeat(52) }),
  job(
    'name: too long for what is made from it',
    { 'metadata.name': 'a'.repeat(53) },
    `metadata.name: found "${'a'.repeat(53)}", expected at most 52 characters long, since the objects made from it add a suffix`,
  ),
];

const updateCases = [
  updated('update: suspend', {}, { 'spec.suspend': true, 'spec.ttlSecondsAfterFinished': 60 }),
  updated('update: a default written out', {}, { 'spec.task': 'QA' }),
  updated('update: a later deadline', { 'spec.activeDeadlineSeconds': 60 }, { 'spec.activeDeadlineSeconds': 61 }),
  updated(
    'update: no deadline any more',
    { 'spec.activeDeadlineSeconds': 60 },
    { 'spec.activeDeadlineSeconds': undefined },
  ),
  updated(
    'update: a sooner deadline',
    { 'spec.activeDeadlineSeconds': 60 },
    { 'spec.activeDeadlineSeconds': 59 },
    'spec.activeDeadlineSeconds: found 59; activeDeadlineSeconds can only be raised or removed once the job exists',
  ),
  updated(
    'update: a deadline where none was',
    {},
    { 'spec.activeDeadlineSeconds': 60 },
    'spec.activeDeadlineSeconds: found 60; activeDeadlineSeconds can only be raised or removed once the job exists',
  ),
  ...(
    [
      ['base', { preset: 'gpt2' }, 'a block with preset'],
      ['task', 'Text', '"Text"'],
      ['data', { sources: [{ uri: 'configmap://a/b', format: 'qa' }] }, 'a block with sources'],
      ['method', { full: {} }, 'a block with full'],
      ['training', { seed: 2 }, 'a block with seed'],
      ['checkpoint', { keep: 3 }, 'a block with keep'],
      ['evaluation', { metrics: ['BLEU'] }, 'a block with metrics'],
      ['output', { uri: 'pvc://elsewhere' }, 'a block with uri'],
      ['resources', { accelerator: { type: 'nvidia.com/gpu' } }, 'a block with accelerator'],
      ['pod', { nodeSelector: { zone: 'a' } }, 'a block with nodeSelector'],
      ['queueName', 'team-a', '"team-a"'],
      ['managedBy', 'kueue.x-k8s.io/multikueue', '"kueue.x-k8s.io/multikueue"'],
      ['preRunningDeadlineSeconds', 60, '60'],
      ['backoffLimit', 4, '4'],
    ] as const
  ).map(([field, value, found]) =>
    updated(
      `update: ${field}`,
      {},
      { [`spec.${field}`]: value },
      `spec.${field}: found ${found}; ${field} cannot change once the job exists: make a job with another name`,
    ),
  ),
];

const chatCases = [
  chat('model: a preset', { 'spec.model': { preset: 'smollm2-135m-instruct' } }),
  chat(
    'model: none',
    { 'spec.model': {} },
    'spec.model: found an empty block; write exactly one of uri, preset and fromJob',
  ),
  chat('adapters: one of a job', { 'spec.adapters': [{ name: 'legal', fromJob: { name: 'legal' } }] }),
  chat(
    'adapters: one of nothing',
    { 'spec.adapters': [{ name: 'legal' }] },
    'spec.adapters[0]: found a block with name; write exactly one of uri and fromJob',
  ),
  chat('name: with digits and hyphens', { 'metadata.name': 'chat-4' }),
  ...['4chat', 'chat.v2'].map((name) =>
    chat(
      `name: ${name}, which no Service may have`,
      { 'metadata.name': name },
      `metadata.name: found "${name}", expected letters, digits and hyphens that begin with a letter, since the Service that is made from it has the same name`,
    ),
  ),
  chat('page: beside another model', { 'spec.ui': { compareWith: 'country-qa' } }),
  chat(
    'page: beside another model, without a page',
    { 'spec.ui': { enabled: false, compareWith: 'country-qa' } },
    'spec.ui.compareWith: found "country-qa"; compareWith needs the page: set enabled: true, or remove it',
  ),
  chat(
    'page: beside itself',
    { 'metadata.name': 'country', 'spec.ui': { compareWith: 'country' } },
    'spec.ui.compareWith: found "country"; ui.compareWith names this ChatModel itself: name another one',
  ),
  chat('replicas: by hand', { 'spec.replicas': 2 }),
  chat(
    'replicas: by hand and by load',
    { 'spec.replicas': 2, 'spec.autoscaling': {} },
    'spec: found a block with model, replicas, autoscaling; write replicas or autoscaling, not both',
  ),
  chat('expose: an Ingress', { 'spec.expose': { ingress: { host: 'chat.example.org', tlsSecretName: 'chat-tls' } } }),
  chat('expose: an HTTPRoute', {
    'spec.expose': { httpRoute: { hostnames: ['chat.example.org'], parentRefs: [{ name: 'public' }] } },
  }),
  chat(
    'expose: both',
    {
      'spec.expose': {
        ingress: { host: 'chat.example.org' },
        httpRoute: { hostnames: ['chat.example.org'], parentRefs: [{ name: 'public' }] },
      },
    },
    'spec.expose: found a block with ingress, httpRoute; write exactly one of ingress and httpRoute',
  ),
  chat(
    'autoscaling: more at least than at most',
    { 'spec.autoscaling': { minReplicas: 5 } },
    'spec.autoscaling.minReplicas: found 5; minReplicas must be at most maxReplicas',
  ),
  chat('rollout: a canary', {
    'spec.rollout': { strategy: 'Canary', steps: [{ weight: 10 }], analysis: { maxErrorRate: '0.01' } },
  }),
  chat(
    'rollout: a canary without steps',
    { 'spec.rollout': { strategy: 'Canary' } },
    'spec.rollout.steps: found nothing; strategy: Canary needs steps such as [{weight: 10}], and steps need strategy: Canary',
  ),
  chat(
    'rollout: an analysis of nothing',
    { 'spec.rollout': { analysis: {} } },
    'spec.rollout.analysis: found an empty block; analysis needs strategy: Canary',
  ),
];

export const ruleCases: readonly RuleCase[] = [
  ...baseCases,
  ...scratchCases,
  ...dataCases,
  ...methodCases,
  ...outputCases,
  ...trainingCases,
  ...evaluationCases,
  ...podCases,
  ...updateCases,
  ...distillCases,
  ...chatCases,
];

/** What a DistillJob may say of its teacher, its student and what passes between them. */
import { distill, type RuleCase } from './rule-case.ts';

const digest = `sha256:${'0a'.repeat(32)}`;
const scratch = { layers: 2, hidden: 64, heads: 4 };
const asked = { 'spec.teacher': { chatModel: { name: 'country' } }, 'spec.student': { preset: 'smollm2-135m' } };
const byTexts = { 'spec.distillation': { sequence: {} } };

const teacherCases = [
  distill(
    'data: pairs of answers',
    { 'spec.data.sources': [{ uri: 'configmap://facts/pairs.jsonl', format: 'preference' }] },
    'spec.data.sources: found a list of 1; format preference is for dpo of a FineTuneJob: use another format here',
  ),
  distill(
    'method: a student that learns nothing',
    { 'spec.student': { preset: 'smollm2-135m' }, 'spec.method': { template: {} } },
    'spec.method: found a block with template; method template trains nothing, and a student has to learn: write another method, such as full: {}',
  ),
  distill('teacher: a folder', { 'spec.teacher': { uri: 'pvc://models/large', digest } }),
  distill('teacher: a service', { ...asked, ...byTexts }),
  distill('teacher: a server elsewhere', {
    ...asked,
    ...byTexts,
    'spec.teacher': { endpoint: { url: 'https://llm.example/v1', model: 'large', secretRef: { name: 'llm' } } },
  }),
  distill(
    'teacher: none',
    { 'spec.teacher': {} },
    'spec.teacher: found an empty block; write exactly one of uri, preset, fromJob, chatModel, endpoint',
  ),
  distill(
    'teacher: a revision of a job',
    { 'spec.teacher.revision': 'main' },
    'spec.teacher: found a block with fromJob, revision; revision belongs to preset, or to an address hf:// that names none by @: remove it',
  ),
  distill(
    'teacher: a digest of a service',
    { ...asked, ...byTexts, 'spec.teacher.digest': digest },
    'spec.teacher: found a block with chatModel, digest; a teacher that is asked over the network has no files to check: remove digest and secretRef',
  ),
  distill(
    'teacher: a service that should show its logits',
    asked,
    'spec.distillation: found a block with logits; a teacher that is asked over the network gives texts alone: use distillation.sequence, or name its weights by uri, preset or fromJob',
  ),
  distill('teacher: a service, scored by its answers', {
    ...asked,
    ...byTexts,
    'spec.evaluation': { metrics: ['F1', 'Perplexity'] },
  }),
  distill(
    'teacher: a service, scored by what it never tells',
    { ...asked, ...byTexts, 'spec.evaluation': { metrics: ['Perplexity', 'F1'] } },
    'spec.evaluation.metrics: found a list of 2; a teacher that is asked over the network is compared by its answers: put a metric of answers first',
  ),
  distill(
    'teacher: a service, scored as texts are',
    { ...asked, ...byTexts, 'spec.task': 'Text' },
    'spec.evaluation.metrics: found nothing; a teacher that is asked over the network is compared by its answers: put a metric of answers first',
  ),
  distill(
    'teacher: a service that should be shrunk',
    { ...asked, ...byTexts, 'spec.student': { shrink: { layers: 2 } } },
    'spec.student: found a block with shrink; student.shrink and student.scratch need files of the teacher: name it by uri, preset or fromJob',
  ),
];

const studentCases = [
  distill('student: another job', { 'spec.student': { fromJob: { kind: 'DistillJob', name: 'first' } } }),
  distill('student: from scratch', { 'spec.student': { scratch } }),
  distill('student: by LoRA', { 'spec.student': { preset: 'smollm2-135m' }, 'spec.method': { lora: {} } }),
  distill(
    'student: two of them',
    { 'spec.student.preset': 'gpt2' },
    'spec.student: found a block with shrink, preset; write exactly one of uri, preset, fromJob, scratch, shrink',
  ),
  distill(
    'student: a digest of what is made here',
    { 'spec.student.digest': digest },
    'spec.student: found a block with shrink, digest; scratch and shrink make the student here: remove revision, digest and secretRef',
  ),
  distill(
    'student: adapters on what is made here',
    { 'spec.method': { lora: {} } },
    'spec.method: found a block with lora; a student that is made here learns with every weight: write method: {full: {}}',
  ),
  distill(
    'student: random weights as a baseline',
    { 'spec.student': { scratch }, 'spec.evaluation': { baselines: ['Base'] } },
    'spec.evaluation: found a block with baselines; student.scratch has no model to compare with: use Majority as a baseline, or a gate with min or max',
  ),
  distill(
    'student: rows longer than its context',
    { 'spec.student': { scratch: { ...scratch, context: 64 } }, 'spec.training': { sequenceLength: 128 } },
    'spec.training.sequenceLength: found 128; training.sequenceLength must be at most student.scratch.context',
  ),
];

const routeCases = [
  distill('routes: the likeliest tokens', { 'spec.distillation': { logits: { topK: 16 } } }),
  distill(
    'routes: the likeliest tokens beside states',
    { 'spec.distillation': { logits: { topK: 16 }, hidden: { layers: [[1, 2]] } } },
    'spec.distillation.logits.topK: found 16; hidden and attention need the teacher in every step, so nothing is gained by logits.topK: remove one of them',
  ),
  distill('routes: the direction of states, and attention', {
    'spec.distillation': { hidden: { layers: [[1, 2]], loss: 'Cosine' }, attention: { layers: [[1, 3]] } },
  }),
  distill(
    'routes: the likeliest tokens beside attention',
    { 'spec.distillation': { logits: { topK: 16 }, attention: { layers: [[1, 2]] } } },
    'spec.distillation.logits.topK: found 16; hidden and attention need the teacher in every step, so nothing is gained by logits.topK: remove one of them',
  ),
  distill('routes: all of them', {
    'spec.distillation': {
      logits: { divergence: 'JSD', beta: '0.3', temperature: '4', weight: '0.9' },
      hidden: { layers: [[1, 2]] },
      sequence: { samplesPerPrompt: 2 },
      onPolicy: {},
    },
  }),
  distill(
    'routes: none',
    { 'spec.distillation': {} },
    'spec.distillation: found an empty block; write at least one of logits, hidden, attention, sequence, onPolicy, such as logits: {}',
  ),
  distill(
    'routes: grading without a measure',
    { 'spec.distillation': { onPolicy: {} } },
    'spec.distillation.onPolicy: found an empty block; onPolicy grades by the distribution of the teacher: add logits: {}',
  ),
  distill(
    'routes: a place between nothing',
    { 'spec.distillation': { logits: { beta: '0.5' } } },
    'spec.distillation.logits.beta: found "0.5"; beta belongs to divergence: JSD',
  ),
];

const writerCases = [
  distill('routes: a student that writes with its virtual tokens', {
    'spec.student': { preset: 'smollm2-135m' },
    'spec.method': { softPrompt: {} },
    'spec.output': { formats: ['Adapter'] },
    'spec.distillation': { logits: {}, onPolicy: {} },
  }),
];

const gateCases = [
  distill('gate: a share of the score of the teacher', {
    'spec.evaluation': { gate: { require: [{ metric: 'F1', retainedPercent: '95' }] } },
  }),
];

const updateCases = (
  [
    ['teacher', { preset: 'gpt2' }, 'a block with preset'],
    ['student', { preset: 'gpt2' }, 'a block with preset'],
    ['distillation', { sequence: {} }, 'a block with sequence'],
  ] as const
).map(([field, value, found]) => ({
  ...distill(
    `update: ${field} of a DistillJob`,
    {},
    `spec.${field}: found ${found}; ${field} cannot change once the job exists: make a job with another name`,
  ),
  update: { [`spec.${field}`]: value },
}));

export const distillCases: readonly RuleCase[] = [
  ...teacherCases,
  ...studentCases,
  ...routeCases,
  ...writerCases,
  ...gateCases,
  ...updateCases,
];

/** What a job may say of its method, and of the formats that the method makes. */
import { job, updated, type RuleCase } from './rule-case.ts';

const alone = { 'spec.output.formats': ['Adapter'] };
const pairs = { uri: 'configmap://facts/pairs.jsonl', format: 'preference' };
export const methodCases: readonly RuleCase[] = [
  job('dpo: pairs of answers', { 'spec.dpo': { beta: '0.2' }, 'spec.data.sources': [pairs] }),
  updated(
    'update: dpo',
    { 'spec.dpo': {}, 'spec.data.sources': [pairs] },
    { 'spec.dpo': { beta: '0.2' } },
    'spec.dpo: found a block with beta; dpo cannot change once the job exists: make a job with another name',
  ),
  job(
    'dpo: without pairs',
    { 'spec.dpo': {} },
    'spec.data.sources: found a list of 1; format preference and dpo go together: write dpo: {} and format: preference for every source, or neither',
  ),
  job(
    'dpo: pairs without it',
    { 'spec.data.sources': [pairs] },
    'spec.data.sources: found a list of 1; format preference and dpo go together: write dpo: {} and format: preference for every source, or neither',
  ),
  job(
    'dpo: of random weights',
    {
      'spec.base': { scratch: { layers: 2, hidden: 64, heads: 4 } },
      'spec.method': { full: {} },
      'spec.dpo': {},
      'spec.data.sources': [pairs],
    },
    'spec.dpo: found an empty block; dpo holds the model to its base, and base.scratch has learned nothing yet: tune its result with another job',
  ),
  job('method: vectors that start from text', {
    'spec.method': { softPrompt: { init: 'Text', text: 'Answer:' } },
    ...alone,
  }),
  job('method: keys and values that start from text', {
    'spec.method': { prefix: { init: 'Text', text: 'Answer:' } },
    ...alone,
  }),
  job(
    'method: keys and values that start at random, with a text',
    { 'spec.method': { prefix: { text: 'Answer:' } }, ...alone },
    'spec.method.prefix.text: found "Answer:"; init: Text needs text, and text needs init: Text',
  ),
  job('method: factors of named layers', {
    'spec.method': { ia3: { targetModules: ['k_proj', 'down_proj'], feedforwardModules: ['down_proj'] } },
  }),
  job(
    'method: factors of inputs alone',
    { 'spec.method': { ia3: { feedforwardModules: ['down_proj'] } } },
    'spec.method.ia3.feedforwardModules: found a list of 1; feedforwardModules are some of targetModules: name them there as well',
  ),
  job('method: the head alone', { 'spec.method': { topLayers: { count: 0, head: true } } }),
  job(
    'method: no layer and no head',
    { 'spec.method': { topLayers: { count: 0 } } },
    'spec.method.topLayers.count: found 0; nothing would be trained: write a count, or head: true',
  ),
  job(
    'method: vectors that start from no text',
    { 'spec.method': { softPrompt: { init: 'Text' } }, ...alone },
    'spec.method.softPrompt.text: found nothing; init: Text needs text, and text needs init: Text',
  ),
  job(
    'method: two of them',
    { 'spec.method.full': {} },
    'spec.method: found a block with lora, full; write exactly one of lora, full, softPrompt, prefix, ia3, topLayers, template, such as lora: {}',
  ),
  job('method: named modules and layers', {
    'spec.method.lora': {
      targetModules: ['q_proj', 'mlp.up_proj'],
      layersToTransform: [0],
      rankPattern: { q_proj: 4 },
    },
  }),
  job(
    'method: modules by name and by kind',
    { 'spec.method.lora': { targetModules: ['q_proj'], targets: 'Attention' } },
    'spec.method.lora.targetModules: found a list of 1; targetModules takes the place of targets: remove one of them',
  ),
  job(
    'method: a module that is no name',
    { 'spec.method.lora': { targetModules: ['.*proj'] } },
    'spec.method.lora.targetModules[0]: found ".*proj", expected the last parts of the name of a layer, such as q_proj or layers.0.mlp.up_proj',
  ),
  job(
    'method: dropout of everything',
    { 'spec.method.lora.dropout': '1' },
    'spec.method.lora.dropout: found "1", expected a decimal number in quotes of at least 0 and at most 0.9, such as "0.5" or "2e-4"',
  ),
  job(
    'output: an adapter of a method that only writes a prompt',
    { 'spec.method': { template: {} }, 'spec.output.formats': ['Adapter'] },
    'spec.output.formats: found a list of 1; methods topLayers and template make no adapter: remove Adapter from output.formats',
  ),
  job(
    'output: a prompt folded into weights',
    { 'spec.method': { softPrompt: {} }, 'spec.output.formats': ['Adapter', 'Merged'] },
    'spec.output.formats: found a list of 2; methods softPrompt and prefix cannot be folded into the weights of the base: write output: {formats: [Adapter]}, which a ChatModel serves as well',
  ),
];

import { describe, expect, it } from 'vitest';
import { smallest } from './generate/smallest.ts';
import { jsonSchema, type SchemaNode } from './json-schema.ts';
import { kindNames, kinds } from './kinds.ts';
import { changed, messages } from './rule-case.ts';
import { ruleCases } from './rules.cases.ts';
import { validateManifest } from './validate.ts';

describe('rules', () => {
  it.each(ruleCases)('$kind, $name', ({ kind, change, update, refused }) => {
    const before = validateManifest(changed(smallest[kind], change));
    const result =
      update === undefined
        ? before
        : validateManifest(changed(changed(smallest[kind], change), update), accepted(before));
    expect(result.ok ? [] : result.problems).toEqual(refused === undefined ? [] : [refused]);
  });

  it('are each refused by a case', () => {
    const refusals = ruleCases.flatMap(({ refused }) => refused ?? []);
    const untested = kindNames
      .flatMap((name) => messages(specOf(jsonSchema(kinds[name].schema))))
      .filter((message) => !refusals.some((refusal) => refusal.includes(message.replace(/^must be /, ''))))
      .filter((message) => !/^must be (a decimal|an address|lower-case)/.test(message));
    expect(untested).toEqual([]);
  });
});

describe('validateManifest', () => {
  it.each([
    [3, 'manifest: found number, expected a block with apiVersion, kind, metadata and spec'],
    [[], 'manifest: found a list, expected a block with apiVersion, kind, metadata and spec'],
    [{}, 'apiVersion: found nothing, expected wikigpt.dev/v1alpha1'],
    [
      { apiVersion: 'wikigpt.dev/v1alpha1', kind: 'FinetuneJob' },
      'kind: found "FinetuneJob", expected FineTuneJob, DistillJob, ChatModel; did you mean FineTuneJob?',
    ],
  ])('refuses %j', (manifest, problem) => {
    expect(validateManifest(manifest)).toEqual({ ok: false, problems: [problem] });
  });

  it.each([
    ['a misspelt field', { 'spec.traning': {} }, 'spec.traning: unknown field; did you mean spec.training?'],
    [
      'a field in the wrong block',
      { 'spec.epochs': '3' },
      'spec.epochs: unknown field; did you mean spec.training.epochs?',
    ],
    [
      'a field of no block',
      { 'spec.checkpoint': { colour: 'red' } },
      'spec.checkpoint.colour: unknown field, expected everySteps, keep, loadBestAtEnd',
    ],
    [
      'a field of an empty block',
      { 'spec.method': { full: { rank: 1 } } },
      'spec.method.full.rank: unknown field; did you mean spec.method.lora.rank?',
    ],
    [
      'a field of a list item',
      { 'spec.pod.env': [{ nam: 'A', name: 'A', value: '' }] },
      'spec.pod.env[0].nam: unknown field; did you mean spec.pod.env[0].name?',
    ],
    [
      'a name in the wrong case',
      { 'spec.task': 'qa' },
      'spec.task: found "qa", expected one of Text, QA, Dialogue, Summary, Translation, Classification; did you mean QA?',
    ],
    [
      'a missing block',
      { 'spec.method': undefined },
      'spec.method: found nothing, expected a block with one of lora, full, softPrompt, prefix, ia3, topLayers, template',
    ],
    [
      'a fraction of a step',
      { 'spec.checkpoint.everySteps': 1.5 },
      'spec.checkpoint.everySteps: found 1.5, expected a whole number from 1 to 1000000',
    ],
    [
      'an empty list',
      { 'spec.data.sources': [] },
      'spec.data.sources: found an empty list, expected a list from 1 to 32 items long',
    ],
    ['a word for a switch', { 'spec.suspend': 'yes' }, 'spec.suspend: found "yes", expected true or false'],
  ])('names the path of %s', (_name, change, problem) => {
    const result = validateManifest(changed(smallest.FineTuneJob, change));
    expect(result).toEqual({ ok: false, problems: [problem] });
  });

  it('names every problem at once', () => {
    const result = validateManifest(changed(smallest.FineTuneJob, { 'spec.task': 'Chat', 'spec.suspended': true }));
    expect(result).toMatchObject({
      problems: [expect.stringMatching(/^spec.suspended: /), expect.stringMatching(/^spec.task: /)],
    });
  });

  it('fills in the defaults of blocks that are not written', () => {
    expect(accepted(validateManifest(smallest.FineTuneJob)).spec).toMatchObject({
      training: { learningRate: '2e-4', schedule: 'Cosine' },
      method: { lora: { rank: 16, alpha: 32, targets: 'AllLinear' } },
      data: { clean: { maxTokens: 512 } },
    });
  });

  it('takes a block with nothing after it for its defaults', () => {
    const manifest = changed(smallest.FineTuneJob, { 'spec.pod': null, 'spec.training': { seed: null } });
    expect(accepted(validateManifest(manifest))).toEqual(accepted(validateManifest(changed(smallest.FineTuneJob, {}))));
  });

  it('does not take nothing for a method', () => {
    expect(validateManifest(changed(smallest.FineTuneJob, { 'spec.method': { full: null } }))).toEqual({
      ok: false,
      problems: ['spec.method.full: found nothing, expected an empty block {}'],
    });
  });

  it('accepts an object that it wrote', () => {
    const once = accepted(validateManifest(smallest.ChatModel));
    expect(validateManifest(once, once)).toEqual({ ok: true, value: once });
  });
});

function accepted(result: ReturnType<typeof validateManifest>) {
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.value;
}

function specOf(schema: SchemaNode): SchemaNode {
  return { ...schema, properties: { spec: schema.properties?.['spec'] ?? {} } };
}

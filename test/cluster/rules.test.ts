import { beforeAll, describe, expect, it } from 'vitest';
import { smallest } from '@wikigpt/schema/generate/smallest.ts';
import { jsonSchema } from '@wikigpt/schema/json-schema.ts';
import { kinds, type KindName } from '@wikigpt/schema/kinds.ts';
import { changed, messages, type RuleCase } from '@wikigpt/schema/rule-case.ts';
import { ruleCases } from '@wikigpt/schema/rules.cases.ts';
import { validateManifest } from '@wikigpt/schema/validate.ts';
import { successOf, type ApiCall, type ApiResponse } from './control-plane/api-request.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: object;
}

describe.skipIf(withoutControlPlane)('the API server', () => {
  let admin: ApiCall;
  let namespace: string;
  beforeAll(async () => {
    const access = sharedControlPlane();
    ({ admin } = access);
    namespace = await createNamespace(access, 'rules');
  });

  const folder = (kind: KindName) => `/apis/wikigpt.dev/v1alpha1/namespaces/${namespace}/${kinds[kind].plural}`;
  const create = (kind: KindName, manifest: object, query = '') =>
    admin(`${folder(kind)}?fieldValidation=Strict${query}`, { method: 'POST', body: manifest });

  /** Creates what the case changes, then updates it; the answer is the one that the case is about. */
  async function answerTo({ kind, change, update }: RuleCase): Promise<ApiResponse> {
    const manifest = changed(smallest[kind], change);
    if (update === undefined) return create(kind, manifest, '&dryRun=All');
    const stored = successOf(await create(kind, manifest), 'the object before the update') as Stored;
    const object = `${folder(kind)}/${stored.metadata.name}`;
    try {
      const { resourceVersion } = stored.metadata;
      const body = changed(changed(manifest, update), { 'metadata.resourceVersion': resourceVersion });
      return await admin(`${object}?fieldValidation=Strict&dryRun=All`, { method: 'PUT', body });
    } finally {
      await admin(object, { method: 'DELETE' });
    }
  }

  const accepted = ruleCases.filter(({ refused }) => refused === undefined);
  it.each(accepted)('accepts and fills as the laptop does: $kind, $name', async (rule) => {
    const spec = (successOf(await answerTo(rule), rule.name) as Stored).spec;
    const manifest = changed(changed(smallest[rule.kind], rule.change), rule.update ?? {});
    const local = validateManifest(manifest);
    expect(local).toMatchObject({ ok: true, value: { spec } });
    expect(spec).toEqual(local.ok && local.value.spec);
  });

  const refused = ruleCases.flatMap((rule) => (rule.refused === undefined ? [] : { ...rule, refused: rule.refused }));
  it.each(refused)('refuses with a sentence: $kind, $name', async (rule) => {
    const answer = await answerTo(rule);
    const problems = problemsOf(answer);
    const said = saidByTypes[rule.name] ?? sentenceOf(rule);
    expect({ status: answer.status, problems }).toEqual({
      status: 422,
      problems: expect.arrayContaining([expect.stringMatching(said) as string]) as string[],
    });
    // Rules are read only where every type is right, so one mistake makes one problem.
    expect(problems.filter((problem) => !said.test(problem) && !problem.startsWith('<nil>: '))).toEqual([]);
  });

  it.each([
    ['a misspelt field', { 'spec.traning': {} }, 'spec.traning'],
    ['a field in the wrong block', { 'spec.epochs': '3' }, 'spec.epochs'],
    ['a field of an empty block', { 'spec.method': { full: { rank: 1 } } }, 'spec.method.full.rank'],
    ['a field of a list item', { 'spec.pod.env': [{ nam: 'A', name: 'A', value: '' }] }, 'spec.pod.env[0].nam'],
  ])('drops nothing silently: %s', async (_name, change, path) => {
    const answer = await create('FineTuneJob', changed(smallest.FineTuneJob, change), '&dryRun=All');
    expect(answer.status).toBe(400);
    expect(problemsOf(answer)).toEqual([expect.stringContaining(`unknown field "${path}"`)]);
  });
});

// What no rule refuses but a type, a pattern or a list's key does, in the API server's own words.
const saidByTypes: Readonly<Record<string, RegExp>> = {
  'training: a number without quotes': /^spec\.training\.learningRate: .* must be of type string: "number"$/,
  'resources: no quantity': /^spec\.resources\.requests\.memory: Invalid value: "3 GB": .* should match /,
  'test sets: the same name twice': /^spec\.evaluation\.testSets\[1\]: Duplicate value: \{"name":"a"\}$/,
};

/** What a refusal of the laptop becomes: the same path and, at the end, the message of the rule. */
function sentenceOf({ name, kind, refused }: RuleCase & { readonly refused: string }): RegExp {
  const path = refused.slice(0, refused.indexOf(': '));
  const message = messages(jsonSchema(kinds[kind].schema)).find((candidate) =>
    [`; ${candidate}`, `, ${candidate.replace(/^must be /, 'expected ')}`].some((end) => refused.endsWith(end)),
  );
  if (message === undefined) throw new Error(`${name}: found no rule with this message; say what the type says`);
  return new RegExp(`^${escaped(path)}: .*${escaped(message)}$`);
}

/** `field: message` for each cause that the server names. */
function problemsOf({ body }: ApiResponse): readonly string[] {
  const status = body as { details?: { causes?: readonly { field?: string; message?: string }[] }; message?: string };
  const causes = status.details?.causes ?? [];
  return causes.length > 0
    ? causes.map(({ field, message }) => `${field}: ${message}`)
    : [status.message ?? JSON.stringify(body)];
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

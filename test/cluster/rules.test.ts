import { beforeAll, describe, expect, it } from 'vitest';
import { smallest } from '@wikigpt/schema/generate/smallest.ts';
import { jsonSchema, type SchemaNode } from '@wikigpt/schema/json-schema.ts';
import { kinds, type KindName } from '@wikigpt/schema/kinds.ts';
import { ruleCases, type RuleCase } from '@wikigpt/schema/rules.cases.ts';
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
    const [path, sentence] = onServer(rule.refused, rule.kind);
    expect({ status: answer.status, problems: problemsOf(answer) }).toEqual({
      status: 422,
      problems: expect.arrayContaining([expect.stringContaining(`${path}: `) as string]) as string[],
    });
    if (sentence !== undefined) expect(problemsOf(answer)).toEqual([expect.stringMatching(endingWith(sentence))]);
  });
});

/** What a refusal of the laptop becomes: its path, and the sentence of the rule, if a rule says it and not a type. */
function onServer(refusal: string, kind: KindName): readonly [path: string, sentence: string | undefined] {
  const path = refusal.slice(0, refusal.indexOf(': '));
  const sentence = messages(jsonSchema(kinds[kind].schema)).find((message) =>
    [`; ${message}`, `, ${message.replace(/^must be /, 'expected ')}`].some((end) => refusal.endsWith(end)),
  );
  return [path, sentence];
}

/** `field: message` for each cause that the server names. */
function problemsOf({ body }: ApiResponse): readonly string[] {
  const status = body as { details?: { causes?: readonly { field?: string; message?: string }[] }; message?: string };
  const causes = status.details?.causes ?? [];
  return causes.length > 0
    ? causes.map(({ field, message }) => `${field}: ${message}`)
    : [status.message ?? JSON.stringify(body)];
}

const endingWith = (text: string) => new RegExp(`${text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`);

function messages(node: SchemaNode): readonly string[] {
  const inner = [...Object.values(node.properties ?? {}), node.items, node.additionalProperties];
  return [
    ...(node['x-kubernetes-validations'] ?? []).map(({ message }) => message),
    ...inner.flatMap((child) => (child ? messages(child) : [])),
  ];
}

/** A copy with other values at these paths; undefined removes the field. */
function changed(manifest: object, change: RuleCase['change']): object {
  const copy = structuredClone(manifest);
  for (const [path, value] of Object.entries(change)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let parent = copy as Record<string, unknown>;
    for (const key of keys) parent = (parent[key] ??= {}) as Record<string, unknown>;
    if (value === undefined) delete parent[last];
    else parent[last] = structuredClone(value);
  }
  return copy;
}

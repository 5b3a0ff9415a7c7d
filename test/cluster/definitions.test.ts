import { describe, expect, it } from 'vitest';
import { kindNames } from '@wikigpt/schema/kinds.ts';
import { mustCall } from './control-plane/api-request.ts';
import { definitions, type Definition } from './definitions.ts';
import { sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

const resources = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

describe.skipIf(withoutControlPlane)('the definitions in crds/', () => {
  it('are one for each kind', () => {
    expect(definitions.map(({ spec }) => spec.names.kind).sort()).toEqual([...kindNames].sort());
  });

  it.each(definitions.map((definition) => [definition.metadata.name, definition] as const))(
    '%s is structural, has its names and is served',
    async (name) => {
      const { status } = await mustCall<Definition>(sharedControlPlane().admin, `${resources}/${name}`);
      // NonStructuralSchema and KubernetesAPIApprovalPolicyConformant would be further conditions, with a complaint.
      const conditions = (status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`);
      expect(conditions.sort()).toEqual(['Established=True', 'NamesAccepted=True']);
    },
  );

  it.each(definitions.map((definition) => [definition.metadata.name, definition] as const))(
    '%s is stored as it is written, but for defaults of the API server',
    async (name, written) => {
      const stored = await mustCall<Definition>(sharedControlPlane().admin, `${resources}/${name}`);
      expect(stored).toMatchObject(withoutEmptyProperties(written) as object);
    },
  );

  it('make categories and short names that kubectl knows', async () => {
    const { stdout } = await sharedControlPlane().kubectl(['api-resources', '--categories=ai', '--no-headers']);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/).join(' '))
        .sort(),
    ).toEqual([
      'chatmodels chm wikigpt.dev/v1alpha1 true ChatModel',
      'distilljobs dj wikigpt.dev/v1alpha1 true DistillJob',
      'finetunejobs ftj wikigpt.dev/v1alpha1 true FineTuneJob',
    ]);
  });
});

/** The API server leaves out what is empty; blocks without fields refuse every field all the same. */
function withoutEmptyProperties(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyProperties);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, field]) => key !== 'properties' || Object.keys(field as object).length > 0)
      .map(([key, field]) => [key, withoutEmptyProperties(field)]),
  );
}

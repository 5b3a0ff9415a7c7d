import { mustCall, successOf, type ApiCall } from './control-plane/api-request.ts';

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const name = 'httproutes.gateway.networking.k8s.io';

/** Makes the API server know HTTPRoute as far as this operator writes it, once; the Gateway API itself has more fields. */
export async function installHttpRoute(admin: ApiCall): Promise<void> {
  const text = { type: 'string' };
  const block = (properties: object) => ({ type: 'object', properties });
  const list = (items: object) => ({ type: 'array', items });
  const spec = block({
    parentRefs: list(block({ name: text, namespace: text, sectionName: text })),
    hostnames: list(text),
    rules: list(block({ backendRefs: list(block({ name: text, port: { type: 'integer' } })) })),
  });
  const answer = await admin(path, {
    method: 'POST',
    body: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: {
        name,
        // The group is the project's own, which the API server asks to be told.
        annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
      },
      spec: {
        group: 'gateway.networking.k8s.io',
        scope: 'Namespaced',
        names: { kind: 'HTTPRoute', plural: 'httproutes', singular: 'httproute' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: block({ spec }) } }],
      },
    },
  });
  if (answer.status !== 409) successOf(answer, 'HTTPRoute');
  for (;;) {
    const { status } = await mustCall<{ status?: { conditions?: { type: string; status: string }[] } }>(
      admin,
      `${path}/${name}`,
    );
    if (status?.conditions?.some((each) => each.type === 'Established' && each.status === 'True')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

import type { ControlPlaneAccess } from '../cluster/control-plane/access.ts';
import { mustCall } from '../cluster/control-plane/api-request.ts';

const kinds = [
  ['monitoring.coreos.com', 'ServiceMonitor'],
  ['monitoring.coreos.com', 'PodMonitor'],
  ['monitoring.coreos.com', 'PrometheusRule'],
  ['cert-manager.io', 'Certificate'],
] as const;

/** Lets the API server take objects of other operators; of their fields it knows nothing. */
export async function installForeignDefinitions({ admin }: ControlPlaneAccess): Promise<void> {
  for (const [group, kind] of kinds) {
    const plural = `${kind.toLowerCase()}s`;
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await mustCall(admin, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      method: 'POST',
      body: {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `${plural}.${group}` },
        spec: {
          group,
          scope: 'Namespaced',
          names: { kind, plural },
          versions: [{ name: 'v1', served: true, storage: true, schema }],
        },
      },
    });
  }
}

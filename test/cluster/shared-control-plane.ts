import { describe, inject } from 'vitest';
import { accessControlPlane, type ControlPlaneAccess } from './control-plane/access.ts';
import { mustCall } from './control-plane/api-request.ts';

const address = inject('controlPlane');

/** The control plane that the whole run shares; only inside `describeCluster`. */
export function sharedControlPlane(): ControlPlaneAccess {
  if (address === null) throw new Error('There is no control plane in this run');
  return accessControlPlane(address);
}

/** `describe` that is passed over, and said to be, where no control plane can be had. */
export const describeCluster = describe.skipIf(address === null);

/** Makes a namespace whose name begins with `prefix` and returns its name. */
export async function createNamespace({ admin }: ControlPlaneAccess, prefix: string): Promise<string> {
  const { metadata } = await mustCall<{ metadata: { name: string } }>(admin, '/api/v1/namespaces', {
    method: 'POST',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { generateName: `${prefix}-` } },
  });
  return metadata.name;
}

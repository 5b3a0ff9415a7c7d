import { inject } from 'vitest';
import { accessControlPlane, type ControlPlaneAccess } from './control-plane/access.ts';
import { mustCall } from './control-plane/api-request.ts';

const address = inject('controlPlane');

/** Where no control plane can be had, files pass their tests over: `describe.skipIf(withoutControlPlane)`. */
export const withoutControlPlane = address === null;

/** The control plane that the whole run shares. */
export function sharedControlPlane(): ControlPlaneAccess {
  if (address === null) throw new Error('There is no control plane in this run');
  return accessControlPlane(address);
}

/** Makes a namespace whose name begins with `prefix` and returns its name. */
export async function createNamespace({ admin }: ControlPlaneAccess, prefix: string): Promise<string> {
  const { metadata } = await mustCall<{ metadata: { name: string } }>(admin, '/api/v1/namespaces', {
    method: 'POST',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { generateName: `${prefix}-` } },
  });
  return metadata.name;
}

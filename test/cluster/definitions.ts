import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { ControlPlaneAccess } from './control-plane/access.ts';
import { mustCall } from './control-plane/api-request.ts';

export interface Definition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly group: string; readonly names: { readonly kind: string; readonly plural: string } };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  };
}

const folder = path.join(import.meta.dirname, '../../crds');
const establishedWithinMs = 20_000;

/** Every CustomResourceDefinition of crds/, as a user would apply it. */
export const definitions: readonly Definition[] = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => parse(readFileSync(path.join(folder, file), 'utf8')) as Definition);

/** Applies every definition and waits until the API server serves its kind. */
export async function installDefinitions({ admin }: ControlPlaneAccess): Promise<void> {
  const resources = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const definition of definitions)
    await mustCall(admin, `${resources}/${definition.metadata.name}?fieldManager=test&fieldValidation=Strict`, {
      method: 'PATCH',
      contentType: 'application/apply-patch+yaml',
      body: definition,
    });
  const until = performance.now() + establishedWithinMs;
  for (const { metadata } of definitions)
    for (;;) {
      const { status } = await mustCall<Definition>(admin, `${resources}/${metadata.name}`);
      const conditions = status?.conditions ?? [];
      if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) break;
      if (performance.now() > until)
        throw new Error(
          `${metadata.name}: not Established after ${establishedWithinMs} ms: ${JSON.stringify(conditions)}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

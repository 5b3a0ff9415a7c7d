import { kinds, type Kind } from '../kinds.ts';
import { isStatus } from './api-error.ts';
import { groupPath } from './paths.ts';
import type { RestClient } from './rest-client.ts';

/** Whether the API server knows a kind that comes with an addition to Kubernetes. */
export async function servesKind(rest: RestClient, kind: Kind): Promise<boolean> {
  const { apiVersion, plural } = kinds[kind];
  try {
    const { resources = [] } = await rest.json<{ resources?: readonly { readonly name: string }[] }>({
      method: 'GET',
      path: groupPath(apiVersion),
    });
    return resources.some(({ name }) => name === plural);
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}

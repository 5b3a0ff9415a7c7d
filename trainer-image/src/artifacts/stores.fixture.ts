import { join } from 'node:path';
import type { Stores } from './stores.ts';

/** The stores that a container with this root sees, without a variable of its own. */
export function storesAt(root: string, environment: Stores['environment'] = {}): Stores {
  return { root, work: join(root, 'work'), environment, signal: new AbortController().signal };
}

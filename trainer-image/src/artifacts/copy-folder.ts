import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Stores } from './stores.ts';

/** The folder for a copy: one name for one content of an address, so that copies of two contents never mix. */
export function copyFolder({ work }: Pick<Stores, 'work'>, uri: string, content: readonly string[]): string {
  const name = createHash('sha256')
    .update([uri, ...content, ''].join('\n'))
    .digest('hex');
  return join(work, 'stores', name.slice(0, 32));
}

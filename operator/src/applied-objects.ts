import { createHash } from 'node:crypto';
import type { AnyObject } from './cluster/kinds.ts';
import { covers } from './covers.ts';

/**
 * Objects that a server keeps in other words than they were applied in, such as 500m for a half, or of which only the
 * metadata is read: whether they still
 * stand as applied is told by their generation, since comparing them would find a difference for ever.
 */
export class AppliedObjects {
  readonly #marks = new Map<string, string>();

  /** Whether the object is what this applied object has become, and nobody has changed it since. */
  stands(current: AnyObject | undefined, wanted: AnyObject): boolean {
    if (!current || !covers(current.metadata, wanted.metadata)) return false;
    return this.#marks.get(current.metadata.uid ?? '') === mark(current, wanted);
  }

  remember(written: AnyObject, wanted: AnyObject): void {
    const { uid = '' } = written.metadata;
    if (covers(written, wanted)) this.#marks.delete(uid);
    else this.#marks.set(uid, mark(written, wanted));
  }

  forget(object: AnyObject): void {
    this.#marks.delete(object.metadata.uid ?? '');
  }
}

function mark({ metadata: { generation, resourceVersion } }: AnyObject, wanted: AnyObject): string {
  const digest = createHash('sha256').update(JSON.stringify(wanted)).digest('base64').slice(0, 22);
  return `${generation ?? resourceVersion} ${digest}`;
}

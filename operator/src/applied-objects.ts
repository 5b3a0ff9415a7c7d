import { createHash } from 'node:crypto';
import { keyOf, keyText, type AnyObject } from './cluster/kinds.ts';
import { covers } from './covers.ts';

/**
 * Objects that a server keeps in other words than they were applied in, such as 500m for a half: whether they still
 * stand as applied is told by their generation, since comparing them would find a difference for ever.
 */
export class AppliedObjects {
  readonly #reworded = new Map<string, string>();

  /** Whether the object is what this applied object has become, and nobody has changed it since. */
  stands(current: AnyObject | undefined, wanted: AnyObject): boolean {
    if (!current || !covers(current.metadata, wanted.metadata)) return false;
    return this.#reworded.get(keyText(keyOf(wanted))) === mark(current, wanted);
  }

  remember(written: AnyObject, wanted: AnyObject): void {
    const key = keyText(keyOf(wanted));
    if (covers(written, wanted)) this.#reworded.delete(key);
    else this.#reworded.set(key, mark(written, wanted));
  }

  forget(object: AnyObject): void {
    this.#reworded.delete(keyText(keyOf(object)));
  }
}

function mark({ metadata: { uid, generation, resourceVersion } }: AnyObject, wanted: AnyObject): string {
  const digest = createHash('sha256').update(JSON.stringify(wanted)).digest('base64');
  return [uid, generation ?? resourceVersion, digest].join(' ');
}

import { createHash } from 'node:crypto';

/** Which status each writer last applied to an object, so that the same is not sent again. */
export class AppliedStatus {
  readonly #byUid = new Map<string, Map<string, string>>();

  /** Whether this is what the writer applied last. */
  isSame(uid: string, manager: string, status: object): boolean {
    return this.#byUid.get(uid)?.get(manager) === digest(status);
  }

  remember(uid: string, manager: string, status: object): void {
    const writers = this.#byUid.get(uid) ?? new Map<string, string>();
    this.#byUid.set(uid, writers.set(manager, digest(status)));
  }

  /** The object is gone. */
  forget(uid: string): void {
    this.#byUid.delete(uid);
  }
}

function digest(status: object): string {
  return createHash('sha256').update(JSON.stringify(status)).digest('base64');
}

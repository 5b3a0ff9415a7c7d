import { createHash } from 'node:crypto';

/** Objects that are remembered: those written last, since what has ended is not written again. */
const remembered = 5_000;

/** Which status each writer last applied to an object, so that the same is not sent again. */
export class AppliedStatus {
  readonly #byUid = new Map<string, Map<string, string>>();

  /** Whether this is what the writer applied last. */
  isSame(uid: string, manager: string, status: object): boolean {
    return this.#byUid.get(uid)?.get(manager) === digest(status);
  }

  remember(uid: string, manager: string, status: object): void {
    const writers = this.#byUid.get(uid) ?? new Map<string, string>();
    this.#byUid.delete(uid);
    this.#byUid.set(uid, writers.set(manager, digest(status)));
    const [oldest] = this.#byUid.keys();
    if (this.#byUid.size > remembered && oldest !== undefined) this.#byUid.delete(oldest);
  }

  /** The object is gone. */
  forget(uid: string): void {
    this.#byUid.delete(uid);
  }
}

function digest(status: object): string {
  return createHash('sha256').update(JSON.stringify(status)).digest('base64');
}

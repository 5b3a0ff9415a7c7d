import type { Logger } from '../log.ts';

/** Two states that take time to come and go: whatever is wished for meanwhile, one change ends before the next begins. */
export class Turns {
  readonly #begin: () => Promise<void>;
  readonly #end: () => Promise<void>;
  readonly #log: Logger;
  #wanted = false;
  #is = false;
  #turning: Promise<void> = Promise.resolve();

  constructor(begin: () => Promise<void>, end: () => Promise<void>, log: Logger) {
    this.#begin = begin;
    this.#end = end;
    this.#log = log;
  }

  want(on: boolean): void {
    this.#wanted = on;
    this.#turning = this.#turning.then(() => this.#turn());
  }

  /** Resolves when everything wished for has come about. */
  settled(): Promise<void> {
    return this.#turning;
  }

  async #turn(): Promise<void> {
    if (this.#is === this.#wanted) return;
    this.#is = this.#wanted;
    try {
      await (this.#is ? this.#begin() : this.#end());
    } catch (error) {
      this.#log.error('cannot take up or lay down the work', { error });
    }
  }
}

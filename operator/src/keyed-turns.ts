/** Lets things that concern the same key happen one after the other, and others at once. */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Calls `work` when everything earlier for the key has ended, well or not. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => undefined);
    this.#last.set(key, settled);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    }
  }
}

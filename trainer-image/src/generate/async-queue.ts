/** A queue that one side fills and the other iterates; it never refuses an item. */
export interface AsyncQueue<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** Ends the iteration once what was pushed has been taken. */
  close(): void;
  /** Makes the iteration throw once what was pushed has been taken. */
  fail(error: unknown): void;
}

export function createAsyncQueue<T>(): AsyncQueue<T> {
  const items: T[] = [];
  let ending: { readonly error?: unknown } | undefined;
  let wake: (() => void) | undefined;
  const awaken = (): void => {
    wake?.();
    wake = undefined;
  };
  const end = (how: { readonly error?: unknown }): void => {
    ending ??= how;
    awaken();
  };
  return {
    push(item) {
      if (ending) return;
      items.push(item);
      awaken();
    },
    close: () => end({}),
    fail: (error) => end({ error }),
    async *[Symbol.asyncIterator]() {
      for (;;) {
        if (items.length > 0) yield items.shift()!;
        else if (ending === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else if ('error' in ending) throw ending.error;
        else return;
      }
    },
  };
}

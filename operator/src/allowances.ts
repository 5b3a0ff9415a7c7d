export interface AllowancesOptions {
  /** How often a key may act at once. */
  readonly burst: number;
  /** After so long it may act once more. */
  readonly refillMs: number;
  /** Keys that are remembered: those that acted last. */
  readonly remembered: number;
  readonly now: () => Date;
}

/** How often each of many may act. */
export class Allowances {
  readonly #options: AllowancesOptions;
  readonly #left = new Map<string, { readonly left: number; readonly at: number }>();

  constructor(options: AllowancesOptions) {
    this.#options = options;
  }

  /** 0 when the key may act now, which is then counted; else the milliseconds until it may. */
  take(key: string): number {
    const { burst, refillMs, remembered, now } = this.#options;
    const at = now().getTime();
    const before = this.#left.get(key) ?? { left: burst, at };
    const left = Math.min(burst, before.left + (at - before.at) / refillMs);
    this.#left.delete(key);
    this.#left.set(key, { left: left >= 1 ? left - 1 : left, at });
    for (const oldest of this.#left.keys()) {
      if (this.#left.size <= remembered) break;
      this.#left.delete(oldest);
    }
    return left >= 1 ? 0 : Math.ceil((1 - left) * refillMs);
  }
}

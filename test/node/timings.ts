/** How long each part of a run took. */
export class Timings {
  readonly #parts: { readonly name: string; readonly seconds: number }[] = [];

  /** Does a part and remembers its time, also when it fails. */
  async part<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.add(name, (performance.now() - started) / 1000);
    }
  }

  add(name: string, seconds: number): void {
    this.#parts.push({ name, seconds });
  }

  table(): string {
    const rows = this.#parts.map(({ name, seconds }) => `| ${name.padEnd(48)} | ${seconds.toFixed(1).padStart(8)} |`);
    return [`| ${'part'.padEnd(48)} |  seconds |`, `| ${'-'.repeat(48)} | -------: |`, ...rows].join('\n');
  }
}

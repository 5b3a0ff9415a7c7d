import { appendFileSync, readFileSync } from 'node:fs';

/** How long each part of a run took, noted in a file since several processes take part. */
export class Timings {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** Does a part and remembers its time, also when it fails. */
  async part<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.add(name, `${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
  }

  add(name: string, value: string): void {
    appendFileSync(this.file, `${JSON.stringify([name, value])}\n`);
  }

  table(): string {
    const parts = readFileSync(this.file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as [string, string]);
    const rows = parts.map(([name, value]) => `| ${name.padEnd(64)} | ${value.padStart(9)} |`);
    return [`| ${'part'.padEnd(64)} |           |`, `| ${'-'.repeat(64)} | --------: |`, ...rows].join('\n');
  }
}

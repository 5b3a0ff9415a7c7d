import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/**
 * A process that measures itself: it writes one JSON line when it is ready, then one for each line it is sent, and ends
 * with its input. Between its turns it waits, so that several can take turns on one machine.
 */
export class Contestant {
  readonly name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<number | null>;
  #complaints = '';

  constructor(name: string, command: readonly [program: string, ...args: string[]], environment: NodeJS.ProcessEnv) {
    this.name = name;
    const [program, ...args] = command;
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(-2000);
    });
    // A write to a process that has died is told by the missing answer.
    this.#child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', () => resolve(null));
      this.#child.on('close', resolve);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The next JSON line of the process; lines that libraries print between are passed over. */
  async next<Answer>(): Promise<Answer> {
    for (;;) {
      const { done, value } = await this.#lines.next();
      if (done) throw new Error(`${this.name} ended (${await this.#ended}) before it answered:\n${this.#complaints}`);
      if (value.startsWith('{')) return JSON.parse(value) as Answer;
    }
  }

  ask<Answer>(line: string): Promise<Answer> {
    this.#child.stdin.write(`${line}\n`);
    return this.next<Answer>();
  }

  /** Lets the process end by itself, and ends it when it does not. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    const late = setTimeout(() => this.#child.kill(), 10_000);
    await this.#ended;
    clearTimeout(late);
  }
}

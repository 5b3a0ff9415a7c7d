import { createHash } from 'node:crypto';
import { mkdir, open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** What a teacher said. */
export interface Answer {
  /** Digest of what was asked, and how. */
  readonly key: string;
  readonly answer: string;
  /** Tokens that it cost; 0 where nobody is paid. */
  readonly tokens: number;
}

/** The answers of one teacher, one a line of a file that only grows, so that nothing is asked twice. */
export class AnswerJournal {
  readonly #file: FileHandle;
  readonly #known: Map<string, Answer>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, known: Map<string, Answer>) {
    this.#file = file;
    this.#known = known;
  }

  /** Opens the file of a teacher, which `about` tells apart; a last line that a stop cut off is removed. */
  static async open(folder: string, about: string): Promise<AnswerJournal> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, `answers-${createHash('sha256').update(about).digest('hex').slice(0, 16)}.jsonl`);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole !== text) await truncate(path, Buffer.byteLength(whole));
    const lines = whole.split('\n').filter((line) => line !== '');
    const known = new Map(lines.map((line) => JSON.parse(line) as Answer).map((one) => [one.key, one]));
    return new AnswerJournal(await open(path, 'a'), known);
  }

  get size(): number {
    return this.#known.size;
  }

  /** Tokens that all answers cost together. */
  get tokens(): number {
    return [...this.#known.values()].reduce((sum, { tokens }) => sum + tokens, 0);
  }

  has(key: string): boolean {
    return this.#known.has(key);
  }

  get(key: string): string | undefined {
    return this.#known.get(key)?.answer;
  }

  /** Writes answers down; those that are known already stay as they are. */
  async add(answers: readonly Answer[]): Promise<void> {
    const fresh = answers.filter(({ key }) => !this.#known.has(key));
    for (const one of fresh) this.#known.set(one.key, one);
    const lines = fresh.map((one) => `${JSON.stringify(one)}\n`).join('');
    this.#writing = this.#writing.then(() => this.#file.appendFile(lines));
    await this.#writing;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

import { createHash } from 'node:crypto';
import { mkdir, open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** What a teacher said. */
export interface Answer {
  /** Digest of the prompt and the number of the sample. */
  readonly key: string;
  readonly answer: string;
}

/** The answers of one teacher, one a line of a file that only grows, so that nothing is asked twice. */
export class AnswerJournal {
  readonly #file: FileHandle;
  readonly #known: Map<string, string>;

  private constructor(file: FileHandle, known: Map<string, string>) {
    this.#file = file;
    this.#known = known;
  }

  /** Opens the file of a teacher and its settings, which `about` tells apart; a last line that a stop cut off is removed. */
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
    const known = new Map(lines.map((line) => JSON.parse(line) as Answer).map(({ key, answer }) => [key, answer]));
    return new AnswerJournal(await open(path, 'a'), known);
  }

  get size(): number {
    return this.#known.size;
  }

  has(key: string): boolean {
    return this.#known.has(key);
  }

  get(key: string): string | undefined {
    return this.#known.get(key);
  }

  /** Writes answers down; those that are known already stay as they are. */
  async add(answers: readonly Answer[]): Promise<void> {
    const fresh = answers.filter(({ key }) => !this.#known.has(key));
    for (const { key, answer } of fresh) this.#known.set(key, answer);
    await this.#file.appendFile(fresh.map((one) => `${JSON.stringify(one)}\n`).join(''));
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

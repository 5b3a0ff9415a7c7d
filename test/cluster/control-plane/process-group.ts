import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

// Each line is the whole list of processes. When the writing end closes, in whatever way this process ended,
// the last list is killed and the folder removed.
const guardScript = `
  trap '' INT TERM HUP
  while read -r line; do pids=$line; done
  [ -z "$pids" ] || kill -KILL $pids 2>/dev/null
  rm -rf "$1"
`;

/** Programs that live no longer than this process does, each with a log file in one folder that goes with them. */
export class ProcessGroup {
  readonly #folder: string;
  readonly #guard: ChildProcess;
  readonly #running = new Map<string, ChildProcess>();
  readonly #ended = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
    // Detached: a Ctrl-C in the terminal is for this process, and the guard must outlive it.
    this.#guard = spawn('sh', ['-c', guardScript, 'guard', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard.unref();
    // A guard that went first leaves nothing to write to.
    this.#guard.stdin?.on('error', () => undefined);
  }

  /** Starts a program; what it prints is appended to `<folder>/<name>.log`. */
  start(name: string, program: string, args: readonly string[]): void {
    const log = openSync(this.logFile(name), 'a');
    const child = spawn(program, args, { cwd: this.#folder, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#ended.delete(name);
    this.#running.set(name, child);
    this.#tellGuard();
    const end = (how: string) => {
      if (this.#running.get(name) !== child) return;
      this.#running.delete(name);
      this.#ended.set(name, how);
      this.#tellGuard();
    };
    child.on('error', (error) => end(error.message));
    child.on('exit', (code, signal) => end(signal === null ? `exit status ${code}` : `signal ${signal}`));
  }

  /** How a program ended that nobody killed; undefined while it runs. */
  ended(name: string): string | undefined {
    return this.#ended.get(name);
  }

  pid(name: string): number {
    const pid = this.#running.get(name)?.pid;
    if (pid === undefined) throw new Error(`${name} does not run: ${this.#ended.get(name) ?? 'it was never started'}`);
    return pid;
  }

  /** Sends a signal, such as SIGSTOP or SIGCONT. */
  signal(name: string, signal: NodeJS.Signals): void {
    process.kill(this.pid(name), signal);
  }

  /** Ends a program at once and waits until it is gone. */
  async kill(name: string): Promise<void> {
    const child = this.#running.get(name);
    if (!child) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    this.#ended.delete(name);
  }

  /** Ends every program and removes the folder. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.kill(name)));
    const gone = new Promise((resolve) => this.#guard.once('exit', resolve));
    if (this.#guard.exitCode !== null) return;
    this.#guard.ref();
    this.#guard.stdin?.end();
    await gone;
  }

  logFile(name: string): string {
    return path.join(this.#folder, `${name}.log`);
  }

  /** The last lines that a program printed. */
  async lastLines(name: string, count: number): Promise<string> {
    const text = await readFile(this.logFile(name), 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-count).join('\n');
  }

  #tellGuard(): void {
    const pids = [...this.#running.values()].flatMap(({ pid }) => pid ?? []);
    this.#guard.stdin?.write(`${pids.join(' ')}\n`);
  }
}

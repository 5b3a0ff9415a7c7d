import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { isRunning, processIdentity, signalGroup } from './process-identity.ts';

export interface ContainerRun {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  readonly previousLog: string;
  /** File that says which process this is, for a later start of the operator. */
  readonly record: string;
}

export interface Exit {
  /** 128 plus the signal's number when a signal ended it. */
  readonly exitCode: number;
  readonly signal?: number;
}

/** A container as a process group of its own, so that Ctrl-C in the terminal reaches the operator alone. */
export class ContainerProcess {
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #ended = false;

  constructor(run: ContainerRun) {
    mkdirSync(path.dirname(run.log), { recursive: true });
    mkdirSync(path.dirname(run.record), { recursive: true });
    if (existsSync(run.log)) renameSync(run.log, run.previousLog);
    const log = openSync(run.log, 'a');
    const [program = process.execPath, ...args] = run.command;
    try {
      this.#child = spawn(program, args, {
        cwd: run.cwd,
        env: run.env,
        stdio: ['ignore', log, log],
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    const { pid } = this.#child;
    if (pid !== undefined) writeFileSync(run.record, JSON.stringify({ pid, identity: processIdentity(pid) }));
    this.exited = new Promise((resolve) => {
      const end = (exit: Exit) => {
        this.#ended = true;
        rmSync(run.record, { force: true });
        resolve(exit);
      };
      this.#child.once('error', () => end({ exitCode: 127 }));
      this.#child.once('exit', (code, signal) => end(exitOf(code, signal)));
    });
  }

  /** Asks the process to end and kills it when it has not after the grace period. */
  async stop(graceMs: number): Promise<Exit> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#ended && this.#child.pid !== undefined) signalGroup(this.#child.pid, signal);
  }
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): Exit {
  if (signal === null) return { exitCode: code ?? 1 };
  const number = constants.signals[signal];
  return { exitCode: 128 + number, signal: number };
}

/** Ends a process that an earlier operator left, when the record still speaks of that process; true when there was one. */
export async function endLeftover(record: string, graceMs: number): Promise<boolean> {
  const { pid, identity } = readRecord(record);
  const alive = () => pid !== undefined && identity !== undefined && isRunning(pid, identity);
  const found = alive();
  if (pid !== undefined && found) {
    signalGroup(pid, 'SIGTERM');
    const deadline = performance.now() + graceMs;
    while (alive() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    if (alive()) signalGroup(pid, 'SIGKILL');
  }
  rmSync(record, { force: true });
  return found;
}

function readRecord(record: string): { pid?: number; identity?: string } {
  try {
    return JSON.parse(readFileSync(record, 'utf8')) as { pid?: number; identity?: string };
  } catch {
    return {};
  }
}

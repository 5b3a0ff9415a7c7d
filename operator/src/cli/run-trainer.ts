import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { localConfig } from '../config.ts';
import type { Io } from './io.ts';

/** Runs a command of the trainer in this terminal, with its own arguments, help and exit code. */
export function runTrainer(command: string, args: readonly string[], io: Io): Promise<number> {
  const [program = process.execPath, ...rest] = localConfig(io.env).trainer;
  const child = spawn(program, [...rest, command, ...args], { stdio: 'inherit', env: io.env });
  const forget = io.onStop(() => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      forget();
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

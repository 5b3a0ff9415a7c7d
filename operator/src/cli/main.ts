#!/usr/bin/env node
import { CommanderError } from 'commander';
import { asOperatorError, operatorErrors } from '../errors.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const parentCheckMs = 1000;
const stops = new Set<() => void>();

function ioFor(state: string): Io {
  return {
    out: process.stdout,
    err: process.stderr,
    input: process.stdin,
    isTty: process.stdout.isTTY,
    columns: () => process.stdout.columns || 100,
    rows: () => process.stdout.rows || 24,
    now: () => new Date(),
    env: process.env,
    state,
    onStop: (stop) => {
      stops.add(stop);
      return () => stops.delete(stop);
    },
  };
}

/** Asks what runs to stop; without anything to ask, signals end the process as they would by themselves. */
function requestStop(exitCode: number): void {
  if (stops.size === 0) process.exit(exitCode);
  for (const stop of stops) stop();
}

/** Says what went wrong in a sentence. */
function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : operatorErrors.Usage.exitCode;
  const { code, message } = asOperatorError(error);
  process.stderr.write(`${message}\n`);
  if (code === 'Internal') {
    const debug = process.env['WIKIGPT_LOG_LEVEL'] === 'debug' && error instanceof Error;
    const hint = 'This is a defect of wikigpt. Set WIKIGPT_LOG_LEVEL=debug to see where it comes from.';
    process.stderr.write(`${debug ? error.stack : hint}\n`);
  }
  return operatorErrors[code].exitCode;
}

for (const signal of stopSignals) process.on(signal, () => requestStop(130));
process.on('uncaughtException', (error) => process.exit(fail(error)));
// A reader such as head may close the pipe early, and a terminal may go: nobody reads on, and that is no failure.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => requestStop(0));
// npm passes signals to the shell that it started, not to what that shell runs.
if (process.env['npm_lifecycle_event'] !== undefined) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    requestStop(0);
  }, parentCheckMs);
  timer.unref();
}

let code = 0;
const program = createProgram(ioFor, (exitCode) => (code = exitCode));
for (const command of [program, ...program.commands]) command.exitOverride();
try {
  await program.parseAsync();
} catch (error) {
  code = fail(error);
}
// Whatever was printed is handed over first; a pipe takes its time.
process.stdout.write('', () => process.exit(code));

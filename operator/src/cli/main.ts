#!/usr/bin/env node
import { CommanderError } from 'commander';
import { asOperatorError, operatorErrors } from '../errors.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function ioFor(state: string): Io {
  return {
    out: process.stdout,
    err: process.stderr,
    input: process.stdin,
    isTty: process.stdout.isTTY,
    columns: () => process.stdout.columns || 100,
    now: () => new Date(),
    env: process.env,
    state,
    onStop: (stop) => {
      for (const signal of stopSignals) process.on(signal, stop);
      return () => {
        for (const signal of stopSignals) process.off(signal, stop);
      };
    },
  };
}

/** Says what went wrong in a sentence; a defect also names the place to report it with. */
function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : operatorErrors.Usage.exitCode;
  const { code, message } = asOperatorError(error);
  process.stderr.write(`${message}\n`);
  if (code === 'Internal') {
    const hint = 'This is a defect of wikigpt. Set WIKIGPT_LOG_LEVEL=debug to see where it comes from.\n';
    process.stderr.write(
      process.env['WIKIGPT_LOG_LEVEL'] === 'debug' && error instanceof Error ? `${error.stack}\n` : hint,
    );
  }
  return operatorErrors[code].exitCode;
}

// A reader such as head may close the pipe early; that is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

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

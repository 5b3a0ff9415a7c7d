import { spawn } from 'node:child_process';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '..');

/** One step of a check: a command of the repository's own toolchain. */
export interface Stage {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

// Tools come from node_modules, and so does the Node that runs them: the one outside may be older.
const environment = {
  ...process.env,
  PATH: `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env['PATH'] ?? ''}`,
};

/** Runs a stage to its end; its output is shown as it comes when `live`, or only when the stage fails. */
export async function runStage({ name, command }: Stage, { live = false } = {}): Promise<boolean> {
  const [program, ...args] = command;
  const started = performance.now();
  if (live) console.log(`\n> ${name}`);
  const child = spawn(program, args, {
    cwd: root,
    env: environment,
    stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(chunk));
  const passed = await new Promise<boolean>((resolve) => {
    child.on('error', (error) => {
      output.push(Buffer.from(`${program}: ${error.message}\n`));
      resolve(false);
    });
    child.on('close', (code) => resolve(code === 0));
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${seconds.padStart(6)} s`);
  if (!passed && output.length > 0) console.log(Buffer.concat(output).toString().trimEnd());
  return passed;
}

/** What needs no test runner: cheap, and wrong here means that the rest is not worth reading yet. */
export const staticStages: readonly Stage[] = [
  { name: 'format', command: ['prettier', '--check', '--cache', '--log-level', 'warn', '.'] },
  { name: 'lint', command: ['oxlint', '--type-aware'] },
  { name: 'types', command: ['npm', 'run', '--silent', 'types'] },
  { name: 'rules', command: ['node', 'scripts/rules.ts'] },
  { name: 'unused', command: ['knip', '--no-progress'] },
];

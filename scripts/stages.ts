import { spawn } from 'node:child_process';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '..');

/** One step of a check: a command of the repository's own toolchain. */
export interface Stage {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

// Tools come from node_modules, and so does the Node that runs them: the one outside may be older.
const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env['PATH'] ?? ''}`,
  ...(process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined }),
};

/** Runs a stage to its end; its output is shown as it comes when `live`, or only when the stage fails. */
export async function runStage({ name, command }: Stage, { live = false } = {}): Promise<boolean> {
  const [program, ...args] = command;
  const started = performance.now();
  if (live) console.log(`\n> ${name}`);
  const stream = live ? 'inherit' : 'pipe';
  const child = spawn(program, args, { cwd: root, env: environment, stdio: ['ignore', stream, stream] });
  const output: Buffer[] = [];
  for (const source of [child.stdout, child.stderr]) source?.on('data', (chunk: Buffer) => output.push(chunk));
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

/** Runs stages, two at a time since most of them use one core; returns those that failed. */
export async function runStages(stages: readonly Stage[]): Promise<Stage[]> {
  const waiting = [...stages];
  const failed: Stage[] = [];
  const worker = async (): Promise<void> => {
    for (let stage = waiting.shift(); stage; stage = waiting.shift()) if (!(await runStage(stage))) failed.push(stage);
  };
  await Promise.all([worker(), worker()]);
  return failed;
}

/** What needs no test runner, the longest first. */
export const staticStages: readonly Stage[] = [
  { name: 'types', command: ['npm', 'run', '--silent', 'types'] },
  { name: 'lint', command: ['oxlint', '--type-aware'] },
  { name: 'format', command: ['prettier', '--check', '--cache', '--log-level', 'warn', '.'] },
  { name: 'rules', command: ['node', 'scripts/rules.ts'] },
  { name: 'unused', command: ['knip', '--no-progress'] },
];

import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';

/** A command line that runs in a shell of its own, as a user would type it. */
export interface Running {
  readonly child: ChildProcess;
  /** Everything it has written so far, both streams in order of arrival. */
  output(): string;
  /** Resolves with the exit code, or with 128 plus the signal as shells have it. */
  readonly exit: Promise<number>;
  /** Signals the command and everything that it started. */
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void;
}

const signalNumbers: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

// Without what npm and the test runner set: the tools must be found by the repository's own means.
function newcomerEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|NODE_|FORCE_COLOR|TEST$|DEV$|PROD$|MODE$)/.test(name),
  );
  const folders = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: folders.join(path.delimiter) };
}

/** Starts a command line in a folder. */
export function start(command: string, folder: string): Running {
  const child = spawn('sh', ['-c', command], {
    cwd: folder,
    // A group of its own, so that a signal reaches all of it; no terminal, so that output comes as lines.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: newcomerEnvironment(),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return {
    child,
    output: () => output,
    exit: new Promise((resolve) => {
      child.on('close', (code, signal) => resolve(code ?? 128 + (signalNumbers[signal ?? ''] ?? 0)));
    }),
    signal(name) {
      try {
        process.kill(-child.pid!, name);
      } catch {
        // It has already ended.
      }
    },
  };
}

/** Runs a command line to its end. */
export async function run(command: string, folder: string): Promise<{ code: number; output: string }> {
  const running = start(command, folder);
  return { code: await running.exit, output: running.output() };
}

/** A port that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until `found` returns something; gives up with the output so far when the command ends first. */
export async function until<T>(running: Running, found: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await found();
    if (value !== undefined) return value;
    if (running.child.exitCode !== null || running.child.signalCode !== null)
      throw new Error(`The command ended before what was waited for; it wrote:\n${running.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

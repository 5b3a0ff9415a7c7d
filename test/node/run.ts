import { execFile } from 'node:child_process';

export interface RunOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly cwd?: string;
  /** Further variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a program to its end and returns what it printed; throws with its last lines when it fails. */
export function run(
  program: string,
  args: readonly string[],
  { input = '', timeoutMs = 60_000, cwd, environment = {} }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      {
        timeout: timeoutMs,
        maxBuffer: 64 * 2 ** 20,
        env: { ...process.env, ...environment },
        ...(cwd === undefined ? {} : { cwd }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const lines = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
        const how = error.killed ? `took longer than ${timeoutMs} ms` : `ended with ${error.code}`;
        reject(new Error(`${program} ${args.slice(0, 4).join(' ')} ${how}:\n${lines}`));
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

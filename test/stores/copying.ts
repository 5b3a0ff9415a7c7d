import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Starts a copy in a process of its own; `kill` ends it as a lost machine would. */
export function copying(args: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'copy-process.ts'), ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = once(child, 'exit');
  return {
    exited,
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Bytes that a copy below a container's root holds of the file that it is at. */
export async function sizeOfPart(root: string): Promise<number> {
  const cache = join(root, 'work/stores');
  const name = (await readdir(cache).catch(() => [])).find((entry) => entry.includes('.part-'));
  return name === undefined ? 0 : (await stat(join(cache, name)).catch(() => ({ size: 0 }))).size;
}

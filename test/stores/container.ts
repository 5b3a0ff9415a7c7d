import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const main = join(import.meta.dirname, '../../trainer-image/src/main.ts');

/** Starts the trainer as a pod does: a root of its own, its task, and Secrets by name with their keys. */
export async function startContainer(
  root: string,
  verb: 'train' | 'serve',
  task: object,
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
  port = 8080,
) {
  for (const folder of ['etc/wikigpt', 'dev']) await mkdir(join(root, folder), { recursive: true });
  for (const [name, keys] of Object.entries(secrets)) {
    const secret = join(root, 'var/run/secrets/wikigpt-stores', name);
    await mkdir(secret, { recursive: true });
    for (const [key, value] of Object.entries(keys)) await writeFile(join(secret, key), value);
  }
  await writeFile(join(root, 'etc/wikigpt/task.json'), JSON.stringify(task));
  const child = spawn(process.execPath, [main, verb], {
    env: { PATH: process.env['PATH'], WIKIGPT_ROOT: root, WIKIGPT_THREADS: '1', PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => code as number);
  const succeeds = async (): Promise<void> => {
    const code = await ended;
    if (code !== 0) throw new Error(`${verb} ended with ${code}: ${log.join('')}`);
  };
  return { root, child, ended, succeeds };
}

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { stringify } from 'yaml';
import { freePort } from './s3-server.ts';

const programs = inject('registry');

/** Where no registry can be had, files pass their tests over: `describe.skipIf(withoutRegistry)`. */
export const withoutRegistry = programs === null;

/** A real registry over a folder, and the real client that people push with. */
export interface RegistryServer {
  readonly host: string;
  readonly port: number;
  /** Makes an empty folder that goes when the server is stopped. */
  newFolder(): Promise<string>;
  /** Runs oras in a folder; what it prints comes back. */
  oras(cwd: string, ...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a registry; `auth` is the part of its configuration that says who may read. */
export async function startRegistryServer(auth?: (folder: string) => Promise<object>): Promise<RegistryServer> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  const port = await freePort();
  const config = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: `127.0.0.1:${port}`, secret: 'not-a-secret' },
    ...(auth && { auth: await auth(folder) }),
  };
  await writeFile(join(folder, 'config.yml'), stringify(config));
  const child = spawn(programs?.server ?? '', ['serve', join(folder, 'config.yml')], { cwd: folder, stdio: 'ignore' });
  const host = `127.0.0.1:${port}`;
  while (
    !(await fetch(`http://${host}/v2/`).then(
      () => true,
      () => false,
    ))
  )
    await sleep(20);
  return {
    host,
    port,
    newFolder: () => mkdtemp(join(folder, 'of-a-test-')),
    async oras(cwd, ...args) {
      const env = { PATH: process.env['PATH'], HOME: folder };
      return (await promisify(execFile)(programs?.oras ?? '', args, { cwd, env })).stdout;
    },
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

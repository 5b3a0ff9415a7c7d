import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

const program = inject('s3Server');

/** Where no S3 server can be had, files pass their tests over: `describe.skipIf(withoutS3Server)`. */
export const withoutS3Server = program === null;

const bucket = 'models';
const keys = { AWS_ACCESS_KEY_ID: 'wikigpt', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };

/** A real S3 server over a folder, with one bucket. */
export interface S3Server {
  readonly port: number;
  /** The variables by which a container finds it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The folder that holds the bucket's objects as files. */
  readonly objects: string;
  /** Makes an empty folder that goes when the server is stopped. */
  newFolder(): Promise<string>;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes what it held. */
  stop(): Promise<void>;
}

export async function startS3Server(tls?: { readonly certificate: string; readonly key: string }): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 's3-server-'));
  const objects = join(folder, 'data', bucket);
  await mkdir(objects, { recursive: true });
  const port = await freePort();
  const secure: string[] = [];
  for (const [option, text] of Object.entries(tls ? { cert: tls.certificate, key: tls.key } : {})) {
    await writeFile(join(folder, option), text);
    secure.push(`--${option}`, join(folder, option));
  }
  let child: ChildProcess | undefined;
  const server: S3Server = {
    port,
    objects,
    newFolder: () => mkdtemp(join(folder, 'of-a-test-')),
    environment: {
      ...keys,
      AWS_ENDPOINT_URL_S3: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
    },
    async start() {
      const args = ['--quiet', '--port', `127.0.0.1:${port}`, ...secure, 'posix', join(folder, 'data')];
      child = spawn(program ?? '', args, {
        cwd: folder,
        env: { ROOT_ACCESS_KEY: keys.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: keys.AWS_SECRET_ACCESS_KEY },
        stdio: 'ignore',
      });
      while (!(await answers(port))) await sleep(20);
    },
    async kill() {
      if (child?.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    async stop() {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** A port of this machine on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}

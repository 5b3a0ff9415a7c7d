import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { silent } from '../../log.ts';
import { openLocalCluster } from './local-cluster.ts';
import { foldersIn } from './folders.ts';
import { isRunning, processIdentity } from './process-identity.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));

interface Left {
  readonly pid: number;
  readonly identity: string;
}

async function eventually(holds: () => boolean): Promise<boolean> {
  for (let tries = 0; !holds() && tries < 200; tries++) await sleep(50);
  return holds();
}

/** Starts a cluster with one pod in a process of its own and kills that process without warning. */
async function killedCluster(command: string): Promise<{ root: string; left: Left }> {
  const root = mkdtempSync(path.join(tmpdir(), 'wikigpt-left-'));
  const child = spawn(process.execPath, [path.join(fixtures, 'run-cluster.ts'), root, command], { stdio: 'ignore' });
  const { processes, root: at } = foldersIn(root);
  const logs = path.join(at, 'logs', 'default');
  const text = () =>
    existsSync(logs) ? readdirSync(logs).map((file) => readFileSync(path.join(logs, file), 'utf8')) : [];
  expect(await eventually(() => text().some((log) => log.includes('\n')))).toBe(true);
  const left = JSON.parse(readFileSync(path.join(processes, readdirSync(processes)[0] ?? ''), 'utf8')) as Left;
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  return { root, left };
}

async function startAgain(root: string) {
  const cluster = openLocalCluster({ root, now: () => new Date(), log: silent, runsPods: true });
  const node = cluster.node({
    program: [process.execPath, path.join(fixtures, 'container.ts')],
    env: () => ({}),
    servicePort: 0,
    leftoverGraceMs: 200,
    firstRestartMs: 20,
  });
  await node.start();
  return { cluster, node };
}

test.concurrent('a pod whose operator was killed notices and ends by itself', async () => {
  const { left } = await killedCluster('sleep');
  expect(await eventually(() => !isRunning(left.pid, left.identity))).toBe(true);
});

test.concurrent(
  'a pod that will not end is ended by the next start, and counts as disrupted, not as failed',
  async () => {
    const { root, left } = await killedCluster('deaf');
    expect(isRunning(left.pid, left.identity)).toBe(true);
    const { cluster, node } = await startAgain(root);
    expect(isRunning(left.pid, left.identity)).toBe(false);
    const pods = await cluster.list('Pod');
    expect(pods.map(({ status }) => status?.conditions?.some(({ type }) => type === 'DisruptionTarget'))).toContain(
      true,
    );
    node.kill();
    await node.drain();
    await node.stop();
  },
);

test.concurrent('a process that only has the number of one that was left is not touched', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'wikigpt-left-'));
  const stranger = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' });
  const { pid = 0 } = stranger;
  const { processes } = foldersIn(root);
  const record = path.join(processes, 'x.json');
  mkdirSync(processes, { recursive: true });
  writeFileSync(record, JSON.stringify({ pid, identity: `${processIdentity(pid)}0` }));
  const again = await startAgain(root);
  expect(existsSync(record)).toBe(false);
  expect(processIdentity(pid)).toBeDefined();
  stranger.kill('SIGKILL');
  await again.node.stop();
});

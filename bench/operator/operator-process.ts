import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/cluster/control-plane/free-port.ts';
import { apiUse, jobCount, type ApiUse } from './figures.ts';

/** Where an operator lives and whom it speaks to. */
export interface OperatorHome {
  /** Folder of the ServiceAccount. */
  readonly serviceAccount: string;
  /** Where its Lease is. */
  readonly namespace: string;
  readonly url: string;
}

/** One replica of the operator as a process of its own, looked at from outside. */
export interface OperatorProcess {
  readonly pid: number;
  /** Milliseconds from its start until it was ready: every list read, the Lease seen to be writable. */
  readonly readyMs: number;
  readonly apiUse: () => Promise<ApiUse>;
  /** FineTuneJobs whose state it has told. */
  readonly jobs: () => Promise<number>;
  /** Resident memory in megabytes: now, and the most there ever was. */
  readonly memory: () => Promise<{ readonly now: number; readonly most: number }>;
  /** Milliseconds of processor time since its start. */
  readonly cpuMs: () => Promise<number>;
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>;
}

const readyWithinMs = 120_000;
/** The environment that docs/operator.md recommends. */
const thrift = {
  NODE_OPTIONS: '--max-semi-space-size=4',
  MALLOC_ARENA_MAX: '2',
  NODE_COMPILE_CACHE: path.join(tmpdir(), 'wikigpt-bench-compile-cache'),
};
/** The kernel counts processor time in hundredths of a second. */
const tickMs = 10;

/** Starts a replica and waits until it is ready; its log goes to `logFile`. */
export async function startOperator(
  { serviceAccount, namespace, url }: OperatorHome,
  { pod, logFile }: { readonly pod: string; readonly logFile: string },
): Promise<OperatorProcess> {
  const [port, healthPort] = [await freePort(), await freePort()];
  const started = performance.now();
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'operator.ts')], {
    // It ends when its input does, and so never outlives this process.
    stdio: ['pipe', log, log],
    env: {
      PATH: process.env['PATH'],
      ...thrift,
      BENCH_SERVER: url,
      BENCH_SERVICE_ACCOUNT: serviceAccount,
      WIKIGPT_TRAINER_IMAGE: 'trainer',
      WIKIGPT_ENDPOINT: 'http://wikigpt-operator',
      WIKIGPT_STORAGE: '1Gi',
      WIKIGPT_LISTEN: `127.0.0.1:${port}`,
      WIKIGPT_HEALTH_LISTEN: `127.0.0.1:${healthPort}`,
      POD_NAMESPACE: namespace,
      POD_NAME: pod,
    },
  });
  const pid = child.pid ?? 0;
  const ended = new Promise<string | number>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? code ?? 0)),
  );
  const gone = ended.then((how) => {
    throw new Error(`The operator ended (${how}) before it was ready; its log is ${logFile}`);
  });
  const ready = async () => {
    while (!(await fetch(`http://127.0.0.1:${healthPort}/readyz`).catch(() => undefined))?.ok) {
      if (performance.now() - started > readyWithinMs)
        throw new Error(`The operator is not ready after ${readyWithinMs} ms; its log is ${logFile}`);
      await sleep(10);
    }
    return performance.now() - started;
  };
  const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const readyMs = await Promise.race([ready(), gone]);
  gone.catch(() => undefined);
  return {
    pid,
    readyMs,
    apiUse: async () => apiUse(await metrics()),
    jobs: async () => jobCount(await metrics()),
    memory: async () => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      const megabytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
      return { now: megabytes('VmRSS'), most: megabytes('VmHWM') };
    },
    cpuMs: () => processCpuMs(pid),
    end: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}

/** Milliseconds of processor time that a process has used, in its own name and in the kernel. */
export async function processCpuMs(pid: number): Promise<number> {
  // The second field is the name of the program, in parentheses.
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ControlPlaneAccess } from '../control-plane/access.ts';
import { createServiceAccountToken } from '../control-plane/service-account.ts';
import { operatorRole } from './role.ts';

export interface OperatorProcess {
  readonly pid: number;
  /** Base address of the progress endpoint; undefined until it listens. */
  readonly url: () => string | undefined;
  /** Writes that the API server has taken: method, path, status. */
  readonly writes: readonly string[];
  /** What it logged. */
  readonly log: readonly LogLine[];
  /** Resolves with the signal or the exit code that ended it. */
  readonly ended: Promise<string | number>;
  stop(): Promise<void>;
}

export interface OperatorHome {
  /** Folder of the ServiceAccount. */
  readonly serviceAccount: string;
  /** Where its Lease is. */
  readonly namespace: string;
  readonly url: string;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
}

/** Makes the operator's own ServiceAccount in a namespace; returns the folder that its pod would have mounted. */
export async function mountServiceAccount(access: ControlPlaneAccess, namespace: string): Promise<string> {
  const token = await createServiceAccountToken(access, { namespace, name: 'operator', clusterRules: operatorRole });
  const folder = path.join(access.address.folder, `service-account-${namespace}`);
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'token'), token);
  writeFileSync(path.join(folder, 'ca.crt'), access.address.authority);
  return folder;
}

/** Starts the operator as a process, against an API server or a proxy before it. */
export function startOperatorProcess(
  { serviceAccount, namespace, url }: OperatorHome,
  {
    watchNamespace,
    killAfterWrites,
    environment = {},
  }: {
    readonly watchNamespace?: string;
    readonly killAfterWrites?: number;
    /** Further variables, which win. */
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): OperatorProcess {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'killed-operator.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      TEST_SERVER: url,
      TEST_SERVICE_ACCOUNT: serviceAccount,
      ...(killAfterWrites === undefined ? {} : { TEST_KILL_AFTER_WRITES: String(killAfterWrites) }),
      WIKIGPT_TRAINER_IMAGE: 'trainer',
      WIKIGPT_ENDPOINT: 'http://wikigpt-operator',
      WIKIGPT_STORAGE: '1Gi',
      WIKIGPT_PROGRESS_SECONDS: '0',
      WIKIGPT_DRAIN_SECONDS: '1',
      WIKIGPT_LISTEN: '127.0.0.1:0',
      WIKIGPT_HEALTH_LISTEN: '127.0.0.1:0',
      ...(watchNamespace === undefined
        ? {}
        : { WIKIGPT_WATCH_NAMESPACE: watchNamespace, WIKIGPT_LEASE: `operator-of-${watchNamespace}` }),
      POD_NAMESPACE: namespace,
      POD_NAME: 'operator',
      ...environment,
    },
  });
  const writes: string[] = [];
  const log: LogLine[] = [];
  let listens: string | undefined;
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('url ')) listens = line.slice(4);
    else if (line.startsWith('write ')) writes.push(line.slice(6));
  });
  createInterface(child.stderr).on('line', (line) => {
    log.push(line.startsWith('{') ? (JSON.parse(line) as LogLine) : { level: 'error', message: line });
  });
  const ended = new Promise<string | number>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? 0));
  });
  return {
    pid: child.pid ?? 0,
    url: () => listens,
    writes,
    log,
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Logger } from '../../../operator/src/log.ts';
import type { KubeBinaries } from '../../../scripts/kube-binaries/find-programs.ts';
import { accessControlPlane, type ControlPlaneAccess } from './access.ts';
import { createApiCall, type ApiCall } from './api-request.ts';
import { auditPolicy } from './audit.ts';
import { freePort } from './free-port.ts';
import { writePki } from './pki.ts';
import { ProcessGroup } from './process-group.ts';
import {
  apiServerFlags,
  controllerManagerFlags,
  etcdFlags,
  schedulerConfig,
  schedulerConfigFile,
  schedulerFlags,
  type Layout,
} from './programs.ts';

export interface ControlPlaneOptions {
  readonly binaries: KubeBinaries;
  readonly logger: Logger;
  /** Where the API server listens; loopback when absent, which no node in a network of its own could reach. */
  readonly listen?: string;
  /** Runs kube-controller-manager: Jobs get Pods, what lost its owner is removed, namespaces can be deleted. */
  readonly controllerManager?: boolean;
  /** Runs kube-scheduler. */
  readonly scheduler?: boolean;
  /** Lets the scheduler place pods although their claims are not bound: for nodes that only say that they run pods. */
  readonly ignoreClaims?: boolean;
  /** Writes down every call, for `auditedCalls`. */
  readonly audit?: boolean;
  /**
   * Runs once the API server answers and before the controllers start: they know at once the kinds that are installed
   * here, while the garbage collector looks for later ones every 30 s.
   */
  readonly prepare?: (access: ControlPlaneAccess) => Promise<void>;
}

export type Program = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok';

/** A real Kubernetes control plane that ends with this process. */
export interface ControlPlane extends ControlPlaneAccess {
  /** Where etcd takes calls, plain HTTP. */
  readonly etcdUrl: string;
  /** Kills the API server, leaves it away for `awayMs`, starts it on the same port and waits until it is ready. */
  restartApiServer(options?: { readonly awayMs?: number }): Promise<void>;
  /** Starts a further program that ends with the rest. */
  startProgram(name: Program, file: string, args: readonly string[]): void;
  pid(program: Program): number;
  /** Sends a signal to a program, such as SIGSTOP. */
  signal(program: Program, signal: NodeJS.Signals): void;
  /** The last lines that a program printed. */
  lastLines(program: Program, count: number): Promise<string>;
  /** Ends every program and removes the folder. */
  stop(): Promise<void>;
}

const readyWithinMs = 90_000;
const pollMs = 30;
const attempts = 3;

/** Starts a control plane of its own: about 3 s to an API server that answers, 1.5 s more with the other two. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await startOnce(options);
    } catch (error) {
      // Between its choice and its use another program can take a port.
      if (attempt === attempts || !/address already in use/.test(String(error))) throw error;
      options.logger.warn('A port was taken, starting the control plane again', { attempt });
    }
}

async function startOnce(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { binaries, logger, audit = false, listen = '127.0.0.1' } = options;
  const started = performance.now();
  const folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-control-plane-'));
  const group = new ProcessGroup(folder);
  try {
    const pki = writePki(folder, listen, new Date());
    const layout: Layout = {
      folder,
      address: listen,
      etcdPort: await freePort(),
      etcdPeerPort: await freePort(),
      apiPort: await freePort(),
      controllerManagerPort: await freePort(),
      schedulerPort: await freePort(),
    };
    if (audit) writeFileSync(path.join(folder, 'audit-policy.json'), JSON.stringify(auditPolicy));
    const access = accessControlPlane({
      url: `https://${listen}:${layout.apiPort}`,
      authority: pki.authority.certificate,
      admin: pki.admin,
      folder,
      kubectl: binaries.program('kubectl'),
    });
    for (const user of ['controllerManager', 'scheduler'] as const)
      renameSync(access.kubeconfig(pki[user]), path.join(folder, kubeconfigFiles[user]));

    const startApiServer = async () => {
      group.start('kube-apiserver', binaries.program('kube-apiserver'), apiServerFlags(layout, { audit }));
      await untilReady(group, ['etcd', 'kube-apiserver'], () => answers(access.admin, '/readyz'));
    };
    group.start('etcd', binaries.program('etcd'), etcdFlags(layout));
    await startApiServer();
    await options.prepare?.(access);
    await startFollowers(options, layout, group, access);
    logger.info('Control plane is ready', { url: access.url, ms: Math.round(performance.now() - started) });

    return {
      ...access,
      etcdUrl: `http://127.0.0.1:${layout.etcdPort}`,
      restartApiServer: async ({ awayMs = 0 } = {}) => {
        await group.kill('kube-apiserver');
        await new Promise((resolve) => setTimeout(resolve, awayMs));
        await startApiServer();
      },
      startProgram: (name, file, args) => group.start(name, file, args),
      pid: (program) => group.pid(program),
      signal: (program, signal) => group.signal(program, signal),
      lastLines: (program, count) => group.lastLines(program, count),
      stop: () => group.stop(),
    };
  } catch (error) {
    await group.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

const kubeconfigFiles = {
  controllerManager: 'controller-manager.kubeconfig',
  scheduler: 'scheduler.kubeconfig',
} as const;

async function startFollowers(
  { binaries, controllerManager = false, scheduler = false, ignoreClaims = false }: ControlPlaneOptions,
  layout: Layout,
  group: ProcessGroup,
  access: ControlPlaneAccess,
): Promise<void> {
  const { authority } = access.address;
  const healthy = (port: number) => answers(createApiCall(`https://127.0.0.1:${port}`, { authority }), '/healthz');
  if (controllerManager)
    group.start('kube-controller-manager', binaries.program('kube-controller-manager'), controllerManagerFlags(layout));
  if (scheduler) {
    if (ignoreClaims) writeFileSync(schedulerConfigFile(layout), JSON.stringify(schedulerConfig(layout)));
    group.start('kube-scheduler', binaries.program('kube-scheduler'), schedulerFlags(layout, { ignoreClaims }));
  }
  if (controllerManager)
    await untilReady(
      group,
      ['kube-controller-manager'],
      // No Pod can be made in a namespace before its ServiceAccount is.
      () => answers(access.admin, '/api/v1/namespaces/default/serviceaccounts/default'),
    );
  if (scheduler) await untilReady(group, ['kube-scheduler'], () => healthy(layout.schedulerPort));
}

async function answers(call: ApiCall, where: string): Promise<boolean> {
  return call(where, { timeoutMs: 5_000 }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

async function untilReady(
  group: ProcessGroup,
  programs: readonly Program[],
  isReady: () => Promise<boolean>,
): Promise<void> {
  const until = performance.now() + readyWithinMs;
  while (!(await isReady())) {
    const ended = programs.find((program) => group.ended(program) !== undefined);
    const late = performance.now() > until;
    if (ended !== undefined || late) {
      const why = ended === undefined ? `not ready after ${readyWithinMs} ms` : `${ended}: ${group.ended(ended)}`;
      const logs = await Promise.all(
        programs.map(async (program) => `--- ${program}\n${await group.lastLines(program, 8)}`),
      );
      throw new Error(`The control plane did not start (${why}). Its programs printed last:\n${logs.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import path from 'node:path';
import { createLogger } from '../../operator/src/log.ts';
import type { KubeBinaries, Programs } from '../../scripts/kube-binaries/find-programs.ts';
import type { coredns, kubeNode } from '../../scripts/kube-binaries/program-sets.ts';
import { mustCall } from '../cluster/control-plane/api-request.ts';
import { issueCertificate } from '../cluster/control-plane/certificates.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane/control-plane.ts';
import { ProcessGroup } from '../cluster/control-plane/process-group.ts';
import { eventually } from '../cluster/open-cluster.ts';
import { makeCgroups, removeCgroups } from './cgroups.ts';
import { network, nodeName } from './network.ts';
import { writeBegin, writeNodeFiles } from './node-files.ts';
import { run } from './run.ts';
import type { Timings } from './timings.ts';

export interface NodePrograms {
  readonly controlPlane: KubeBinaries;
  readonly node: Programs<keyof typeof kubeNode.packages>;
  readonly names: Programs<keyof typeof coredns.packages>;
}

export interface RealNodeOptions {
  /** Where all that the node has lies; it goes with the node. */
  readonly folder: string;
  /** Files to import. */
  readonly images: readonly string[];
  /** Further names of images. */
  readonly otherNames: Readonly<Record<string, string>>;
  /** How many are told of; none is there. */
  readonly gpus: number;
  readonly timings: Timings;
}

/** A control plane and one node that runs pods, in namespaces of its own; both end with this process. */
export interface RealNode {
  readonly controlPlane: ControlPlane;
  /** The command that runs another one inside the node. */
  readonly enter: readonly [string, ...string[]];
  /** Starts a program on the node that ends with it. */
  start(name: string, program: string, args: readonly string[]): void;
  /** The last lines that one of its programs printed. */
  lastLines(program: string, count: number): Promise<string>;
  stop(): Promise<void>;
}

/** Runs a program inside the node, such as ctr. */
export function runInside(
  [enter, ...entering]: RealNode['enter'],
  program: string,
  args: readonly string[],
): Promise<string> {
  return run(enter, [...entering, program, ...args], { timeoutMs: 120_000 });
}

const cable = { host: 'wikigpt-host', node: 'wikigpt-node' } as const;

/** Starts a node and waits until it runs pods, answers for names and has devices. */
export async function startRealNode(
  { controlPlane: binaries, node: programs, names }: NodePrograms,
  { folder, images, otherNames, gpus, timings }: RealNodeOptions,
): Promise<RealNode> {
  makeCgroups();
  const group = new ProcessGroup(folder);
  let controlPlane: ControlPlane | undefined;
  const stop = async () => {
    await group.stop();
    await controlPlane?.stop();
    await eventually(
      () => {
        try {
          removeCgroups();
          return true;
        } catch {
          return false;
        }
      },
      () => 'cgroups of the node are still in use',
    );
  };
  try {
    const enter = await timings.part('namespaces and cable', () => enclose(group, folder));
    const start: RealNode['start'] = (name, program, args) =>
      group.start(name, enter[0], [...enter.slice(1), program, ...args]);
    const ctr = (...args: string[]) => runInside(enter, 'ctr', ['-n', 'k8s.io', ...args]);

    const plane = await timings.part('control plane', () =>
      startControlPlane({
        binaries,
        logger: createLogger({ level: 'warn' }),
        controllerManager: true,
        scheduler: true,
        listen: network.host,
      }),
    );
    controlPlane = plane;
    writeIdentities(plane, folder);

    start('containerd', 'containerd', ['--config', path.join(folder, 'containerd.toml')]);
    await timings.part('containerd and images', async () => {
      await eventually(
        () => ctr('version').then(Boolean, () => false),
        () => group.lastLines('containerd', 8),
        30_000,
      );
      for (const image of images) await ctr('images', 'import', image);
      for (const [name, other] of Object.entries(otherNames)) await ctr('images', 'tag', name, other);
    });

    start('kubelet', programs.program('kubelet'), [
      `--config=${path.join(folder, 'kubelet.json')}`,
      `--kubeconfig=${path.join(folder, 'kubelet.kubeconfig')}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${network.node}`,
    ]);
    start('kube-proxy', programs.program('kube-proxy'), [
      `--config=${path.join(folder, 'proxy.json')}`,
      `--hostname-override=${nodeName}`,
    ]);
    start('coredns', names.program('coredns'), ['-conf', path.join(folder, 'Corefile')]);
    await timings.part('node ready', () => untilReady(plane, group));
    start('fake-gpus', programs.program('fake-gpus'), [`-count=${gpus}`]);
    await timings.part('names and devices', () => untilComplete(plane, group, gpus));
    return {
      controlPlane: plane,
      enter,
      start,
      lastLines: (name, count) => group.lastLines(name, count),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes the namespaces and the cable into them; returns the command that enters. */
async function enclose(group: ProcessGroup, folder: string): Promise<RealNode['enter']> {
  group.start('namespaces', 'unshare', [
    ...['--fork', '--pid', '--mount', '--net', '--uts', '--ipc', '--kill-child=KILL', '--mount-proc'],
    ...['--propagation', 'slave', 'sh', writeBegin(folder)],
  ]);
  await eventually(
    () => existsSync(path.join(folder, 'begun')),
    () => group.lastLines('namespaces', 8),
  );
  const outer = group.pid('namespaces');
  const inner = readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').trim().split(' ')[0] ?? '';
  const enter: [string, ...string[]] = ['nsenter', '-t', inner, '-m', '-n', '-p', '-u', '-i'];
  const [program, ...entering] = enter;
  await run('ip', ['link', 'add', cable.host, 'type', 'veth', 'peer', 'name', cable.node, 'netns', inner]);
  await run('ip', ['address', 'add', `${network.host}/24`, 'dev', cable.host]);
  await run('ip', ['link', 'set', cable.host, 'up']);
  for (const args of [
    ['address', 'add', `${network.node}/24`, 'dev', cable.node],
    ['link', 'set', cable.node, 'up'],
    ['route', 'add', 'default', 'via', network.host],
  ])
    await run(program, [...entering, 'ip', ...args]);
  return enter;
}

/** Gives the kubelet its certificates, and its neighbours their way to the API server. */
function writeIdentities({ address, kubeconfig, adminKubeconfig }: ControlPlane, folder: string): void {
  const key = readFileSync(path.join(address.folder, 'pki/ca.key'), 'utf8');
  const authority = { certificate: address.authority, key, commonName: 'wikigpt-test' };
  const user = `system:node:${nodeName}`;
  const subject = { commonName: user, organizations: ['system:nodes'], names: [nodeName, network.node] };
  const identity = issueCertificate(authority, subject, new Date());
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'ca.crt'), address.authority);
  writeFileSync(path.join(folder, 'kubelet.crt'), identity.certificate);
  writeFileSync(path.join(folder, 'kubelet.key'), identity.key, { mode: 0o600 });
  writeNodeFiles(folder, {
    kubeletKubeconfig: readFileSync(kubeconfig(identity), 'utf8'),
    kubeconfig: readFileSync(adminKubeconfig, 'utf8'),
  });
}

interface NodeObject {
  readonly status: {
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

const readNode = ({ admin }: ControlPlane) =>
  mustCall<NodeObject>(admin, `/api/v1/nodes/${nodeName}`).catch(() => undefined);

async function untilReady(controlPlane: ControlPlane, group: ProcessGroup): Promise<void> {
  await eventually(
    async () =>
      (await readNode(controlPlane))?.status.conditions?.some(
        ({ type, status }) => type === 'Ready' && status === 'True',
      ) ?? false,
    async () => ({ node: await readNode(controlPlane), kubelet: await group.lastLines('kubelet', 15) }),
    60_000,
  );
}

/** CoreDNS says early that it is ready, so a name is what is asked for. */
async function untilComplete(controlPlane: ControlPlane, group: ProcessGroup, gpus: number): Promise<void> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([network.node]);
  await eventually(
    () => resolver.resolve4('kubernetes.default.svc.cluster.local').then(Boolean, () => false),
    () => group.lastLines('coredns', 8),
    30_000,
  );
  await eventually(
    async () => (await readNode(controlPlane))?.status.allocatable?.['nvidia.com/gpu'] === String(gpus),
    () => group.lastLines('fake-gpus', 8),
    30_000,
  );
}

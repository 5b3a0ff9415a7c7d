import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { makeCgroups, removeCgroups } from './cgroups.ts';
import { imagePrograms } from './images.ts';
import { run } from './run.ts';

/** Where each program of the machine comes from, as Debian calls it. */
const debian: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  buildah: 'buildah',
  mmdebstrap: 'mmdebstrap',
  nft: 'nftables',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  nsenter: 'util-linux',
  npm: 'npm',
};
const bridge = '/usr/lib/cni/bridge';
const neededMiB = 4096;

/** Why this machine can run no node: a sentence; undefined when it can. In CI it installs what Debian has. */
export async function whyNoNode(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (process.platform !== 'linux') return `found ${process.platform}, needed Linux`;
  if (process.getuid?.() !== 0) return 'needed root, for namespaces, cgroups and mounts';
  if (!existsSync('/sys/fs/cgroup/memory/cgroup.procs') && !existsSync('/sys/fs/cgroup/cgroup.controllers'))
    return 'found no cgroups that can be made under /sys/fs/cgroup';
  const free = availableMiB();
  if (free < neededMiB) return `found ${free} MiB of free memory, needed ${neededMiB}`;
  return (await whyNoPrograms(environment)) ?? (await whyNoContainers());
}

async function whyNoPrograms(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const lacking = lackingPackages();
  if (lacking.length === 0) return undefined;
  const command = `apt-get install --yes --no-install-recommends ${lacking.join(' ')}`;
  if (!environment['CI']) return `found no ${lacking.join(', ')}; run: ${command}`;
  try {
    await run('sh', ['-c', `apt-get update --quiet && DEBIAN_FRONTEND=noninteractive ${command}`], {
      timeoutMs: 600_000,
    });
  } catch (error) {
    return `found no ${lacking.join(', ')}, and could not install them: ${String(error)}`;
  }
  return undefined;
}

// What a container is made of: namespaces, a layered file system, a cable and rules for packets.
const probe = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
cd /run && mkdir lower upper work merged
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged
ip link add probe0 type veth peer name probe1
nft add table ip probe
`;

/** Root within a container has the user but not the rights, which only trying tells. */
async function whyNoContainers(): Promise<string | undefined> {
  const apart = ['--fork', '--pid', '--mount', '--net', '--uts', '--ipc', '--kill-child=KILL', '--mount-proc'];
  try {
    await run('unshare', [...apart, 'sh', '-c', probe], { timeoutMs: 30_000 });
    makeCgroups();
    removeCgroups();
    return undefined;
  } catch (error) {
    return `found that this machine cannot run containers: ${String(error)}`;
  }
}

function lackingPackages(): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const programs = [...new Set([...Object.keys(debian), ...imagePrograms])];
  const lacking = programs.filter((name) => !folders.some((folder) => existsSync(path.join(folder, name))));
  const plugins = existsSync(bridge) ? [] : ['containernetworking-plugins'];
  return [...new Set([...lacking.map((name) => debian[name] ?? name), ...plugins])];
}

function availableMiB(): number {
  const [, kib = '0'] = /^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? [];
  return Math.floor(Number(kib) / 1024);
}

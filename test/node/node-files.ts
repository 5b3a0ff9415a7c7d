import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { network } from './network.ts';

/** The parent of every cgroup of the node. */
export const cgroupName = 'wikigpt-node';
export const pauseImage = 'localhost/wikigpt-pause:test';

const runtimeSocket = '/run/containerd/containerd.sock';

const containerd = (folder: string) => `
version = 2
root = "${folder}/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt",
]
[grpc]
  address = "${runtimeSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;

const podNetwork = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: network.pods }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

const kubelet = (folder: string) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: path.join(folder, 'ca.crt') },
  },
  authorization: { mode: 'Webhook' },
  tlsCertFile: path.join(folder, 'kubelet.crt'),
  tlsPrivateKeyFile: path.join(folder, 'kubelet.key'),
  address: network.node,
  containerRuntimeEndpoint: `unix://${runtimeSocket}`,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${cgroupName}`,
  failCgroupV1: false,
  enforceNodeAllocatable: ['pods'],
  failSwapOn: false,
  clusterDNS: [network.node],
  clusterDomain: 'cluster.local',
  resolvConf: path.join(folder, 'resolv.conf'),
  // Nothing could be pulled a second time, so nothing may be thrown away.
  imageGCHighThresholdPercent: 100,
  evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
  nodeStatusUpdateFrequency: '2s',
  registerNode: true,
});

const proxy = (kubeconfig: string) => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  clientConnection: { kubeconfig },
  clusterCIDR: network.pods,
  // Zero leaves the machine's own settings alone.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
});

// Bound to the node's address: the bridge's is there only once the first pod is.
const names = (kubeconfig: string) => `
.:53 {
  bind ${network.node}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfig}
  }
  cache 5
}
`;

// What is the node's own, so that it goes with the node: no mount, socket or pod folder is seen from outside.
const begin = (folder: string) => `
set -e
mount --make-rshared /
mount -t tmpfs tmpfs /run
for place in lib log; do mkdir -p ${folder}/var-$place; mount --bind ${folder}/var-$place /var/$place; done
mkdir -p /var/log/pods /var/log/containers
hostname wikigpt-node
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
touch ${folder}/begun
# A shell gathers the processes that lost their parents, as pid 1 must.
while sleep 2; do :; done
`;

/** Writes what the programs of a node read. */
export function writeNodeFiles(
  folder: string,
  { kubeletKubeconfig, kubeconfig }: { readonly kubeletKubeconfig: string; readonly kubeconfig: string },
): void {
  const files = {
    'containerd.toml': containerd(folder),
    'cni/pods.conflist': JSON.stringify(podNetwork),
    'kubelet.json': JSON.stringify(kubelet(folder)),
    'kubelet.kubeconfig': kubeletKubeconfig,
    'proxy.json': JSON.stringify(proxy(path.join(folder, 'cluster.kubeconfig'))),
    'cluster.kubeconfig': kubeconfig,
    Corefile: names(path.join(folder, 'cluster.kubeconfig')),
    'resolv.conf': `nameserver ${network.node}\n`,
  };
  for (const [name, text] of Object.entries(files)) writeFile(folder, name, text);
}

/** Writes the script that the first process of the node runs. */
export function writeBegin(folder: string): string {
  return writeFile(folder, 'begin.sh', begin(folder));
}

function writeFile(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

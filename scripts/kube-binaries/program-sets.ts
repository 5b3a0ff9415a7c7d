import path from 'node:path';

/** Programs that are built together from one pinned Go module. */
export interface ProgramSet<Name extends string = string> {
  /** With the version, the name of the folder in the cache. */
  readonly name: string;
  readonly version: string;
  /** Where go.mod and go.sum are. */
  readonly moduleFolder: string;
  /** The Go package of each program. */
  readonly packages: Readonly<Record<Name, string>>;
  readonly linkerFlags: string;
  /** A variable that may name a folder which has the programs already. */
  readonly folderVariable?: string;
  /** What the first build takes on two free cores, for people who wait. */
  readonly minutes: number;
}

const version = 'v1.34.4';

// `kubectl version` and the server's /version say what these set, and refuse to compare without them.
const versionVariables = {
  gitVersion: version,
  gitMajor: '1',
  gitMinor: '34',
  gitTreeState: 'clean',
  gitCommit: '0'.repeat(40),
  buildDate: '1970-01-01T00:00:00Z',
};
const versionFlags = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((target) =>
  Object.entries(versionVariables).map(([name, value]) => `-X ${target}.${name}=${value}`),
);

/** A control plane: etcd of the version that this Kubernetes is built against, and kubectl. */
export const kubernetes = {
  name: 'kube',
  version,
  moduleFolder: import.meta.dirname,
  packages: {
    etcd: 'go.etcd.io/etcd/server/v3',
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  },
  linkerFlags: ['-s -w', ...versionFlags].join(' '),
  folderVariable: 'KUBEBUILDER_ASSETS',
  minutes: 5,
} as const satisfies ProgramSet;

/** What a real node runs beside its container runtime, and a device plugin whose devices do not exist. */
export const kubeNode = {
  name: 'kube-node',
  version,
  moduleFolder: import.meta.dirname,
  packages: {
    kubelet: 'k8s.io/kubernetes/cmd/kubelet',
    'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
    'fake-gpus': './fake-gpus',
  },
  linkerFlags: kubernetes.linkerFlags,
  minutes: 2,
} as const satisfies ProgramSet;

/** The names of Services. */
export const coredns = {
  name: 'coredns',
  version: 'v1.14.7',
  moduleFolder: path.join(import.meta.dirname, 'coredns'),
  packages: { coredns: 'github.com/coredns/coredns' },
  linkerFlags: '-s -w',
  minutes: 2,
} as const satisfies ProgramSet;

/** Nodes and pods that only say they run, by the thousand, for benches. */
export const kwok = {
  name: 'kwok',
  version: 'v0.8.0',
  moduleFolder: path.join(import.meta.dirname, 'kwok'),
  packages: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
  linkerFlags: '-s -w',
  minutes: 1,
} as const satisfies ProgramSet;

// Without a cluster, Helm takes this Kubernetes for granted; 1.20 when nothing says more.
const helmFlags = ['helm.sh/helm/v3/pkg/chartutil', 'helm.sh/helm/v3/pkg/lint/rules'].flatMap((target) => [
  `-X ${target}.k8sVersionMajor=${versionVariables.gitMajor}`,
  `-X ${target}.k8sVersionMinor=${versionVariables.gitMinor}`,
]);

/** What installs the chart. */
export const helm = {
  name: 'helm',
  version: 'v3.19.5',
  moduleFolder: path.join(import.meta.dirname, 'helm'),
  packages: { helm: 'helm.sh/helm/v3/cmd/helm' },
  linkerFlags: ['-s -w -X helm.sh/helm/v3/internal/version.version=v3.19.5', ...helmFlags].join(' '),
  folderVariable: 'HELM_FOLDER',
  minutes: 1,
} as const satisfies ProgramSet;

/** A registry of OCI artifacts over a folder, and what people push them with, for the tests of artifacts. */
export const registry = {
  name: 'registry',
  version: 'v3.1.2',
  moduleFolder: path.join(import.meta.dirname, 'registry'),
  packages: {
    registry: 'github.com/distribution/distribution/v3/cmd/registry',
    oras: 'oras.land/oras/cmd/oras',
  },
  linkerFlags: '-s -w',
  folderVariable: 'REGISTRY_FOLDER',
  minutes: 3,
} as const satisfies ProgramSet;

/** A server that speaks S3 over a folder, for the tests of artifacts. */
export const versitygw = {
  name: 'versitygw',
  version: 'v1.8.0',
  moduleFolder: path.join(import.meta.dirname, 'versitygw'),
  packages: { versitygw: 'github.com/versity/versitygw/cmd/versitygw' },
  linkerFlags: '-s -w',
  folderVariable: 'VERSITYGW_FOLDER',
  minutes: 2,
} as const satisfies ProgramSet;

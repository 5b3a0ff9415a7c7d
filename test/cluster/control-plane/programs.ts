import path from 'node:path';
import { auditLog } from './audit.ts';

/** Where the files of a control plane lie and what listens where. */
export interface Layout {
  readonly folder: string;
  /** Where the API server listens. */
  readonly address: string;
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
  readonly apiPort: number;
  readonly controllerManagerPort: number;
  readonly schedulerPort: number;
}

const pki = ({ folder }: Layout, name: string) => path.join(folder, 'pki', name);
const loopback = (port: number) => `http://127.0.0.1:${port}`;

// Nothing outlives a control plane of a test, so nothing is worth waiting for the disk.
export function etcdFlags({ folder, etcdPort, etcdPeerPort }: Layout): readonly string[] {
  return flags({
    'data-dir': path.join(folder, 'etcd'),
    'listen-client-urls': loopback(etcdPort),
    'advertise-client-urls': loopback(etcdPort),
    'listen-peer-urls': loopback(etcdPeerPort),
    'initial-advertise-peer-urls': loopback(etcdPeerPort),
    'initial-cluster': `default=${loopback(etcdPeerPort)}`,
    'log-level': 'warn',
    'quota-backend-bytes': String(4 * 2 ** 30),
  }).concat('--unsafe-no-fsync');
}

export function apiServerFlags(layout: Layout, { audit }: { readonly audit: boolean }): readonly string[] {
  return flags({
    'etcd-servers': loopback(layout.etcdPort),
    'bind-address': layout.address,
    'secure-port': String(layout.apiPort),
    'tls-cert-file': pki(layout, 'apiserver.crt'),
    'tls-private-key-file': pki(layout, 'apiserver.key'),
    'client-ca-file': pki(layout, 'ca.crt'),
    'service-account-key-file': pki(layout, 'service-account.pub'),
    'service-account-signing-key-file': pki(layout, 'service-account.key'),
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-cluster-ip-range': '10.96.0.0/16',
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': 'true',
    'kubelet-client-certificate': pki(layout, 'kubelet-client.crt'),
    'kubelet-client-key': pki(layout, 'kubelet-client.key'),
    'kubelet-certificate-authority': pki(layout, 'ca.crt'),
    'kubelet-preferred-address-types': 'InternalIP',
    profiling: 'false',
    'max-requests-inflight': '1000',
    'max-mutating-requests-inflight': '500',
    ...(audit && {
      'audit-policy-file': path.join(layout.folder, 'audit-policy.json'),
      'audit-log-path': auditLog(layout.folder),
      'audit-log-mode': 'blocking',
    }),
  });
}

export function controllerManagerFlags(layout: Layout): readonly string[] {
  return [
    ...clientFlags(layout, 'controller-manager', layout.controllerManagerPort),
    ...flags({
      'service-account-private-key-file': pki(layout, 'service-account.key'),
      'root-ca-file': pki(layout, 'ca.crt'),
      'cluster-signing-cert-file': pki(layout, 'ca.crt'),
      'cluster-signing-key-file': pki(layout, 'ca.key'),
      'use-service-account-credentials': 'true',
    }),
  ];
}

export function schedulerFlags(
  layout: Layout,
  { ignoreClaims }: { readonly ignoreClaims: boolean },
): readonly string[] {
  const own = clientFlags(layout, 'scheduler', layout.schedulerPort);
  return ignoreClaims ? [...own, `--config=${schedulerConfigFile(layout)}`] : own;
}

export const schedulerConfigFile = ({ folder }: Layout) => path.join(folder, 'scheduler-config.json');

/** A scheduler that places pods whose claims nobody has bound; with a file it takes its client from there. */
export function schedulerConfig({ folder }: Layout): object {
  const disabled = ['VolumeBinding', 'VolumeZone', 'NodeVolumeLimits'].map((name) => ({ name }));
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    clientConnection: { kubeconfig: path.join(folder, 'scheduler.kubeconfig'), qps: 500, burst: 1_000 },
    leaderElection: { leaderElect: false },
    profiles: [{ schedulerName: 'default-scheduler', plugins: { multiPoint: { disabled } } }],
  };
}

function clientFlags(layout: Layout, user: string, port: number): readonly string[] {
  const kubeconfig = path.join(layout.folder, `${user}.kubeconfig`);
  return flags({
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'tls-cert-file': pki(layout, 'apiserver.crt'),
    'tls-private-key-file': pki(layout, 'apiserver.key'),
    'leader-elect': 'false',
    'kube-api-qps': '500',
    'kube-api-burst': '1000',
  });
}

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

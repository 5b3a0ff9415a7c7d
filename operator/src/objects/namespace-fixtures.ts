import type { NetworkPolicy, NetworkPolicyRule, ServiceAccount } from '../cluster/objects.ts';
import { httpPort } from './http-port.ts';
import { isElsewhere } from './mounts.ts';
import { madeByUs, roleLabel, type PodRole } from './names.ts';
import type { Settings } from './settings.ts';

/** The ServiceAccount of training and serving pods; nothing is ever granted to it. */
export const podAccount = 'wikigpt';

/** Label of pods that fetch from outside the cluster or from an object store, wherever that is. */
const networkLabel = 'wikigpt.dev/network';

/**
 * What stands once in each namespace in which pods run: they hold no rights and select no other pods, so they stay. One
 * for each job would be two more calls of the API for each.
 */
export function namespaceFixtures(namespace: string, settings: Settings): (NetworkPolicy | ServiceAccount)[] {
  if (!settings.inCluster) return [];
  const metadata = (name: string) => ({ namespace, name, labels: madeByUs });
  const policy = (
    name: string,
    labels: Readonly<Record<string, string>>,
    spec: Omit<NetworkPolicy['spec'], 'podSelector'>,
  ): NetworkPolicy => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(name),
    spec: { podSelector: { matchLabels: { ...madeByUs, ...labels } }, ...spec },
  });
  const role = (name: PodRole) => ({ [roleLabel]: name });
  const reports: NetworkPolicyRule[] =
    settings.progressPorts.length === 0
      ? []
      : [{ ports: settings.progressPorts.map((port) => ({ protocol: 'TCP', port })) }];
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: metadata(podAccount),
    },
    policy('wikigpt-trainer', role('trainer'), {
      policyTypes: ['Ingress', 'Egress'],
      ingress: [asked],
      egress: [names, servers, ...reports],
    }),
    policy('wikigpt-server', role('server'), {
      policyTypes: ['Ingress', 'Egress'],
      ingress: [asked],
      egress: [names, servers],
    }),
    policy('wikigpt-fetches', { [networkLabel]: 'Open' }, { policyTypes: ['Egress'], egress: [{}] }),
  ];
}

const asked: NetworkPolicyRule = { ports: [{ protocol: 'TCP', port: httpPort.name }] };

/** Names are looked up wherever the cluster answers for them. */
const names: NetworkPolicyRule = {
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

/** Teachers are asked, and pages compare: pods of this operator speak to those that serve. */
const servers: NetworkPolicyRule = {
  to: [{ podSelector: { matchLabels: { ...madeByUs, [roleLabel]: 'server' satisfies PodRole } } }],
  ports: [{ protocol: 'TCP', port: httpPort.name }],
};

/** The label of a pod that reads or writes at addresses of which some are outside its volumes. */
export function networkLabels(addresses: readonly { readonly uri: string }[]): Record<string, string> {
  return addresses.some(({ uri }) => isElsewhere(uri)) ? { [networkLabel]: 'Open' } : {};
}

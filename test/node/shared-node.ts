import { inject } from 'vitest';
import type { ApiKind, ApiObject } from '../../operator/src/cluster/kinds.ts';
import type { Pod } from '../../operator/src/cluster/objects.ts';
import type { KubeCluster } from '../../operator/src/cluster/kube/kube-cluster.ts';
import { conditionOf } from '../../operator/src/controllers/condition.ts';
import { mustCall } from '../cluster/control-plane/api-request.ts';
import { eventually, openCluster } from '../cluster/open-cluster.ts';
import { sharedControlPlane } from '../cluster/shared-control-plane.ts';
import { pollMs, restrictedNamespace } from './node-address.ts';
import { runInside } from './real-node.ts';
import { operatorLabel, systemNamespace, type Helm } from './release.ts';
import { Timings } from './timings.ts';

const address = inject('node');

/** Where no node can be had, files pass their tests over: `describe.skipIf(withoutNode)`. */
export const withoutNode = address === null;

export const minute = 60_000;

/** What a test does with the node that the whole run shares. */
export interface SharedNode {
  readonly cluster: KubeCluster;
  readonly timings: Timings;
  readonly helm: Helm;
  readonly operatorBytes: number;
  /** Runs kubectl to its end and returns what it printed; throws what it says when it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  apply(...objects: readonly object[]): Promise<string>;
  /** Makes a namespace that lets in only restricted pods. */
  namespace(name: string): Promise<string>;
  /** Waits until a condition of an object has one of these reasons. */
  until(kind: ApiKind, of: Place, type: string, ...reasons: string[]): Promise<ApiObject>;
  /** Pods of a namespace by one label, as `key=value`. */
  podsOf(namespace: string, label: string): Promise<readonly Pod[]>;
  /** Sends SIGKILL to the one container of a pod, past the kubelet. */
  killContainer(of: Place): Promise<void>;
  evict(of: Place): Promise<void>;
}

export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** Reaches the node; `cluster` is to be closed. */
export async function sharedNode(): Promise<SharedNode> {
  if (address === null) throw new Error('There is no node in this run');
  const controlPlane = sharedControlPlane();
  const { cluster } = await openCluster(controlPlane.adminKubeconfig);
  const kubectl: SharedNode['kubectl'] = async (args, input) => {
    const { code, stdout, stderr } = await controlPlane.kubectl(args, input === undefined ? {} : { input });
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  };
  return {
    cluster,
    timings: new Timings(address.timings),
    helm: address.helm,
    operatorBytes: address.operatorBytes,
    kubectl,
    apply: (...items) =>
      kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items })),
    async namespace(name) {
      await mustCall(controlPlane.admin, '/api/v1/namespaces', { method: 'POST', body: restrictedNamespace(name) });
      return name;
    },
    async until(kind, { namespace, name }, type, ...reasons) {
      let found: ApiObject | undefined;
      await eventually(
        async () => {
          found = await cluster.get(kind, namespace, name);
          return found !== undefined && reasons.includes(conditionOf(found, type)?.reason ?? '');
        },
        async () => ({
          status: found?.status,
          pods: await kubectl(['get', 'pods', '-n', namespace, '-o', 'wide']),
          events: await kubectl(['get', 'events', '-n', namespace]),
          operator: await kubectl(['logs', '-n', systemNamespace, '-l', operatorLabel, '--prefix', '--tail=40']),
        }),
        6 * minute,
        pollMs,
      );
      return found as ApiObject;
    },
    podsOf(namespace, label) {
      const [key = '', value = ''] = label.split('=');
      return cluster.list('Pod', { namespace, labels: { [key]: value } });
    },
    async killContainer({ namespace, name }) {
      const path = 'jsonpath={.status.containerStatuses[0].containerID}';
      const id = await kubectl(['get', 'pod', name, '-n', namespace, '-o', path]);
      const task = id.replace('containerd://', '');
      await runInside(address.enter, 'ctr', ['-n', 'k8s.io', 'task', 'kill', '-s', 'SIGKILL', task]);
    },
    async evict({ namespace, name }) {
      await mustCall(controlPlane.admin, `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
        method: 'POST',
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } },
      });
    },
  };
}

import { kubeconfigCredentials } from '../../operator/src/cluster/kube/kubeconfig.ts';
import {
  openKubeCluster,
  type KubeCluster,
  type KubeClusterOptions,
} from '../../operator/src/cluster/kube/kube-cluster.ts';
import type { Attempted } from '../../operator/src/cluster/kube/rest-client.ts';
import { silent } from '../../operator/src/log.ts';

/** The port on the API server of a kubeconfig, with every call and connection counted. */
export async function openCluster(kubeconfig: string, options: Partial<KubeClusterOptions> = {}) {
  const attempts: Attempted[] = [];
  let connections = 0;
  const cluster: KubeCluster = openKubeCluster({
    credentials: await kubeconfigCredentials({ file: kubeconfig }),
    log: silent,
    now: () => new Date(),
    random: Math.random,
    onAttempt: (attempt) => attempts.push(attempt),
    onConnect: () => (connections += 1),
    ...options,
  });
  return { cluster, attempts, connections: () => connections };
}

/** Waits until `holds`; rejects after the time with what `describe` says. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  describe: () => unknown,
  withinMs = 20_000,
  everyMs = 20,
): Promise<void> {
  const until = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(await describe())}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

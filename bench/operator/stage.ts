import path from 'node:path';
import { kubeconfigCredentials } from '../../operator/src/cluster/kube/kubeconfig.ts';
import { openKubeCluster, type KubeCluster } from '../../operator/src/cluster/kube/kube-cluster.ts';
import { createLogger, silent } from '../../operator/src/log.ts';
import { findKubeBinaries, findPrograms } from '../../scripts/kube-binaries/find-programs.ts';
import { kwok } from '../../scripts/kube-binaries/program-sets.ts';
import { startControlPlane } from '../../test/cluster/control-plane/control-plane.ts';
import { addSimulatedNodes } from '../../test/cluster/control-plane/simulated-nodes.ts';
import { installDefinitions } from '../../test/cluster/definitions.ts';
import { mountServiceAccount } from '../../test/cluster/operator/operator-process.ts';
import { startOperator, type OperatorProcess } from './operator-process.ts';

/** A control plane with nodes that only say that they run pods, and what it takes to run operators on it. */
export interface Stage {
  /** The cluster as its administrator sees it. */
  readonly cluster: KubeCluster;
  /** Starts a replica of the operator; it ends with the stage. */
  readonly start: (pod: string) => Promise<OperatorProcess>;
  readonly close: () => Promise<void>;
}

export interface StageOptions {
  readonly nodes: number;
  /** How long the pods of Jobs run. */
  readonly podMs: number;
  readonly say: (sentence: string) => void;
}

const namespace = 'wikigpt-system';

/**
 * Starts etcd, API server, controller manager, scheduler and kwok.
 *
 * @throws Error when one of these programs cannot be had.
 */
export async function openStage({ nodes, podMs, say }: StageOptions): Promise<Stage> {
  const options = { environment: process.env, print: say };
  const [binaries, simulator] = [await findKubeBinaries(options), await findPrograms(kwok, options)];
  if ('missing' in binaries) throw new Error(binaries.missing);
  if ('missing' in simulator) throw new Error(simulator.missing);
  const controlPlane = await startControlPlane({
    binaries,
    logger: createLogger({ level: 'warn' }),
    controllerManager: true,
    scheduler: true,
    ignoreClaims: true,
    prepare: installDefinitions,
  });
  const operators: OperatorProcess[] = [];
  try {
    await addSimulatedNodes(controlPlane, { kwok: simulator.program('kwok'), count: nodes, podMs });
    const home = {
      serviceAccount: await mountServiceAccount(controlPlane, namespace),
      namespace,
      url: controlPlane.url,
    };
    const cluster = openKubeCluster({
      credentials: await kubeconfigCredentials({ file: controlPlane.adminKubeconfig }),
      log: silent,
      now: () => new Date(),
      random: Math.random,
    });
    return {
      cluster,
      start: async (pod) => {
        const logFile = path.join(controlPlane.address.folder, `${pod}.log`);
        const operator = await startOperator(home, { pod, logFile });
        operators.push(operator);
        return operator;
      },
      close: async () => {
        await Promise.all(operators.map((operator) => operator.end('SIGKILL')));
        await cluster.close();
        await controlPlane.stop();
      },
    };
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}

/** Makes a namespace with the data that the jobs of `job-crowd.ts` train on. */
export async function createJobNamespace({ rest }: KubeCluster, name: string): Promise<void> {
  await rest.json({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
  const body = { metadata: { name: 'facts' }, data: { 'texts.jsonl': '{"text":"a"}\n' } };
  await rest.json({ method: 'POST', path: `/api/v1/namespaces/${name}/configmaps`, body });
}

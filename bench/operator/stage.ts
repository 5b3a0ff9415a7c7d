import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { kubeconfigCredentials } from '../../operator/src/cluster/kube/kubeconfig.ts';
import { openKubeCluster, type KubeCluster } from '../../operator/src/cluster/kube/kube-cluster.ts';
import { createLogger, silent } from '../../operator/src/log.ts';
import { findKubeBinaries, findPrograms } from '../../scripts/kube-binaries/find-programs.ts';
import { kwok } from '../../scripts/kube-binaries/program-sets.ts';
import { startControlPlane, type ControlPlane, type Program } from '../../test/cluster/control-plane/control-plane.ts';
import { addSimulatedNodes } from '../../test/cluster/control-plane/simulated-nodes.ts';
import { installDefinitions } from '../../test/cluster/definitions.ts';
import { createServiceAccountToken } from '../../test/cluster/control-plane/service-account.ts';
import { processCpuMs, startOperator, type OperatorProcess } from './operator-process.ts';

/** A control plane and what it takes to run operators on it. */
export interface Stage {
  /** The cluster as its administrator sees it. */
  readonly cluster: KubeCluster;
  readonly etcdUrl: string;
  /** Whether its controllers and nodes make pods of Jobs. */
  readonly pods: boolean;
  /** Starts a replica of the operator; it ends with the stage. */
  readonly start: (pod: string) => Promise<OperatorProcess>;
  /** Milliseconds of processor time that each program of the control plane has used. */
  readonly cpuMs: () => Promise<Readonly<Record<string, number>>>;
  readonly close: () => Promise<void>;
}

export interface StageOptions {
  /**
   * Runs the controller manager, the scheduler and nodes that only say that they run pods. Without them there are etcd
   * and the API server alone.
   */
  readonly pods: boolean;
  readonly say: (sentence: string) => void;
}

const namespace = 'wikigpt-system';
const nodes = 20;
/** How long the pods of Jobs run. */
const podMs = 1_000;
const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];

/**
 * Starts the programs of a control plane.
 *
 * @throws Error when one of these programs cannot be had.
 */
export async function openStage({ pods, say }: StageOptions): Promise<Stage> {
  const options = { environment: process.env, print: say };
  const [binaries, simulator] = [await findKubeBinaries(options), await findPrograms(kwok, options)];
  if ('missing' in binaries) throw new Error(binaries.missing);
  if ('missing' in simulator) throw new Error(simulator.missing);
  const controlPlane = await startControlPlane({
    binaries,
    logger: createLogger({ level: 'warn' }),
    controllerManager: pods,
    scheduler: pods,
    ignoreClaims: true,
    prepare: installDefinitions,
  });
  const operators: OperatorProcess[] = [];
  try {
    if (pods) await addSimulatedNodes(controlPlane, { kwok: simulator.program('kwok'), count: nodes, podMs });
    const home = { serviceAccount: await mountServiceAccount(controlPlane), namespace, url: controlPlane.url };
    const programs: Program[] = ['etcd', 'kube-apiserver'];
    if (pods) programs.push('kube-controller-manager', 'kube-scheduler', 'kwok');
    const cluster = openKubeCluster({
      credentials: await kubeconfigCredentials({ file: controlPlane.adminKubeconfig }),
      log: silent,
      now: () => new Date(),
      random: Math.random,
    });
    return {
      cluster,
      pods,
      etcdUrl: controlPlane.etcdUrl,
      start: async (pod) => {
        const logFile = path.join(controlPlane.address.folder, `${pod}.log`);
        const operator = await startOperator(home, { pod, logFile });
        operators.push(operator);
        return operator;
      },
      cpuMs: async () => {
        const used = programs.map(async (name) => [name, await processCpuMs(controlPlane.pid(name))] as const);
        return Object.fromEntries(await Promise.all(used));
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

/** Makes a ServiceAccount and returns the folder that a pod of it would have mounted; what it may do is no concern here. */
async function mountServiceAccount(controlPlane: ControlPlane): Promise<string> {
  const account = { namespace, name: 'operator', clusterRules: everything };
  const folder = path.join(controlPlane.address.folder, 'service-account');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'token'), await createServiceAccountToken(controlPlane, account));
  writeFileSync(path.join(folder, 'ca.crt'), controlPlane.address.authority);
  return folder;
}

/** Makes a namespace with the data that the jobs of `job-crowd.ts` train on. */
export async function createJobNamespace({ cluster: { rest }, pods }: Stage, name: string): Promise<void> {
  await rest.json({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
  // Where no controller does it; no pod can be made without.
  const account = { metadata: { name: 'default' } };
  if (!pods) await rest.json({ method: 'POST', path: `/api/v1/namespaces/${name}/serviceaccounts`, body: account });
  const body = { metadata: { name: 'facts' }, data: { 'texts.jsonl': '{"text":"a"}\n' } };
  await rest.json({ method: 'POST', path: `/api/v1/namespaces/${name}/configmaps`, body });
}

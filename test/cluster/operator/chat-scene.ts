import { expect } from 'vitest';
import type { ChatModelManifest } from '@wikigpt/schema/chat-model.ts';
import { fineTuneJob } from '../../../operator/src/cluster/conformance/case.ts';
import type { ChatModel, FineTuneJob } from '../../../operator/src/cluster/kinds.ts';
import type { KubeCluster } from '../../../operator/src/cluster/kube/kube-cluster.ts';
import { conditionOf } from '../../../operator/src/controllers/condition.ts';
import type { ControlPlaneAccess } from '../control-plane/access.ts';
import { mustCall } from '../control-plane/api-request.ts';
import { eventually, openCluster } from '../open-cluster.ts';
import { createNamespace } from '../shared-control-plane.ts';
import { mountServiceAccount, startOperatorProcess, type OperatorProcess } from './operator-process.ts';
import { ServingStandIn } from './serving-stand-in.ts';

/** How a job that a ChatModel may serve has ended. */
export interface JobEnd {
  readonly reason: 'Complete' | 'GateFailed' | 'DataInvalid';
  readonly message?: string;
  /** First digits of the digest of its result; no result without. */
  readonly digest?: string;
  readonly gate?: 'Passed' | 'Failed' | 'NotRequired';
}

/** A digest that begins so. */
export const digestOf = (start: string) => `sha256:${start.padEnd(64, '0')}`;

/** A namespace with an operator of its own, in which ChatModels live on pods that are played. */
export class ChatScene {
  readonly access: ControlPlaneAccess;
  readonly cluster: KubeCluster;
  readonly namespace: string;
  readonly nodes: ServingStandIn;
  readonly operator: OperatorProcess;
  /** Every state that a ChatModel was seen in, as `Ready=True Ready`. */
  readonly states = new Set<string>();

  private constructor(access: ControlPlaneAccess, cluster: KubeCluster, namespace: string, operator: OperatorProcess) {
    this.access = access;
    this.cluster = cluster;
    this.namespace = namespace;
    this.operator = operator;
    this.nodes = new ServingStandIn(access, cluster, namespace);
    cluster.watch('ChatModel', { namespace }, ({ object }) => {
      for (const { type, status, reason } of object.status?.conditions ?? [])
        this.states.add(`${type}=${status} ${reason}`);
    });
  }

  static async open(access: ControlPlaneAccess, prefix: string): Promise<ChatScene> {
    const namespace = await createNamespace(access, prefix);
    const home = await createNamespace(access, `${prefix}-operator`);
    const { cluster } = await openCluster(access.adminKubeconfig);
    const serviceAccount = await mountServiceAccount(access, home);
    const operator = startOperatorProcess(
      { serviceAccount, namespace: home, url: access.url },
      { watchNamespace: namespace },
    );
    return new ChatScene(access, cluster, namespace, operator);
  }

  async close(): Promise<void> {
    await this.operator.stop();
    this.nodes.close();
    await this.cluster.close();
  }

  async kubectl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.access.kubectl(['--namespace', this.namespace, ...args]);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout.trim();
  }

  /** Makes a ChatModel as a person writes it: the API server fills in the rest. */
  async serve(name: string, spec: ChatModelManifest['spec']): Promise<void> {
    const body = { apiVersion: 'wikigpt.dev/v1alpha1', kind: 'ChatModel', metadata: { name }, spec };
    await mustCall(this.access.admin, this.#path('chatmodels'), { method: 'POST', body });
  }

  /** Changes a ChatModel by a merge patch of its spec, as `kubectl edit` does. */
  async edit(name: string, spec: object): Promise<ChatModel> {
    return mustCall<ChatModel>(this.access.admin, `${this.#path('chatmodels')}/${name}`, {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: { spec },
    });
  }

  /** Puts another spec in the place of that of a ChatModel. */
  async replace(name: string, spec: object): Promise<void> {
    await mustCall(this.access.admin, `${this.#path('chatmodels')}/${name}`, {
      method: 'PATCH',
      contentType: 'application/json-patch+json',
      body: [{ op: 'replace', path: '/spec', value: spec }],
    });
  }

  /** Makes a job, unless it is there, that has ended so; it never runs. */
  async job(name: string, { reason, message = '', digest, gate = 'Passed' }: JobEnd): Promise<void> {
    await this.cluster.apply<FineTuneJob>(fineTuneJob(this.namespace, name, true), 'user');
    const job = () => this.cluster.get('FineTuneJob', this.namespace, name);
    await eventually(async () => conditionOf((await job()) ?? {}, 'Succeeded') !== undefined, job);
    const condition = { type: 'Succeeded', status: reason === 'Complete' ? 'True' : 'False', reason, message };
    const reasons = gate === 'Failed' ? ['F1 0.51 is below 0.6'] : [];
    const result = digest && {
      evaluation: { scores: [], rows: [], gate, summary: 'F1 0.51', reasons },
      artifact: {
        uri: `pvc://models/${name}`,
        digest: digestOf(digest),
        formats: ['Merged'],
        verified: true,
      },
    };
    await mustCall(this.access.admin, `${this.#path('finetunejobs')}/${name}/status`, {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: {
        status: {
          conditions: [{ ...condition, lastTransitionTime: new Date().toISOString() }],
          ...(result || undefined),
        },
      },
    });
  }

  /** The ChatModel as the API server has it now, whatever has come by a watch. */
  get(name: string): Promise<ChatModel> {
    return mustCall<ChatModel>(this.access.admin, `${this.#path('chatmodels')}/${name}`);
  }

  /** Waits until a condition has that reason, said of the newest spec, and returns what it says. */
  async until(name: string, type: string, reason: string): Promise<string> {
    let message = '';
    await eventually(
      async () => {
        const chat = await this.get(name);
        const found = conditionOf(chat, type);
        message = found?.message ?? '';
        return found?.reason === reason && found.observedGeneration === chat.metadata.generation;
      },
      () => this.get(name),
      30_000,
    );
    return message;
  }

  /** Waits until what a ChatModel is made into reads so, one line for each object. */
  async shows(name: string, ...lines: string[]): Promise<void> {
    const wanted = [...lines].sort().join('\n');
    const shown = async () => (await this.children(name)).join('\n');
    await eventually(async () => (await shown()) === wanted, shown, 30_000);
  }

  /** Revisions with their number of pods, and where the Service leads. */
  async children(name: string): Promise<string[]> {
    const { cluster, namespace } = this;
    const labels = { 'wikigpt.dev/chat-model': name };
    const deployments = await cluster.list('Deployment', { namespace, labels });
    const services = await cluster.list('Service', { namespace, labels });
    return [
      ...deployments.map(({ metadata, spec }) => `${metadata.name} ${spec.replicas}`),
      ...services.map(({ spec }) => `-> ${spec.selector['wikigpt.dev/revision']}`),
    ].sort();
  }

  #path(plural: string): string {
    return `/apis/wikigpt.dev/v1alpha1/namespaces/${this.namespace}/${plural}`;
  }
}

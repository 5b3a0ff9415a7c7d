import type { Condition } from '@wikigpt/schema/metadata.ts';
import type { ProgressReport } from '@wikigpt/schema/task.ts';
import { kinds, type TrainingJob } from '../../../operator/src/cluster/kinds.ts';
import type { KubeCluster } from '../../../operator/src/cluster/kube/kube-cluster.ts';
import { conditionOf } from '../../../operator/src/controllers/condition.ts';
import { jobLabels } from '../../../operator/src/objects/names.ts';
import type { ControlPlaneAccess } from '../control-plane/access.ts';
import { eventually } from '../open-cluster.ts';
import { PodStandIn, sendReport } from './trainer-stand-in.ts';

/** Where jobs are played: a namespace that an operator at `url` looks after. */
export interface Stage {
  readonly access: ControlPlaneAccess;
  readonly cluster: KubeCluster;
  readonly namespace: string;
  readonly url: () => string | undefined;
}

/** A pod that a test plays: it runs, reports as its trainer, and ends. */
export interface PlayedPod {
  reports(...reports: readonly ProgressReport[]): Promise<void>;
  /** Resolves when the cluster has taken it away. */
  gone(): Promise<void>;
  /** What its node says of it. */
  readonly node: PodStandIn;
}

const withinMs = 90_000;

/** A training job as its user, its node and its trainer see it; everything else is the real cluster's. */
export class PlayedJob {
  readonly #stage: Stage;
  readonly #played = new Set<string | undefined>();
  #job: TrainingJob;

  constructor(stage: Stage, job: TrainingJob) {
    this.#stage = stage;
    this.#job = { ...job, metadata: { ...job.metadata, namespace: stage.namespace } };
  }

  /** The user applies the manifest, with other values where some are named. */
  async apply(spec: Partial<TrainingJob['spec']> = {}, annotations: Readonly<Record<string, string>> = {}) {
    const { metadata } = this.#job;
    this.#job = {
      ...this.#job,
      metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } },
      spec: { ...this.#job.spec, ...spec },
    } as TrainingJob;
    await this.#stage.cluster.apply(this.#job, 'user');
  }

  /** Waits until the job is in that state, in words that match; returns its condition. */
  async until(reason: string, says = /^/): Promise<Condition> {
    let found: Condition | undefined;
    await eventually(
      async () => {
        const job = await this.#current();
        found = job && conditionOf(job, 'Succeeded');
        return found?.reason === reason && says.test(found.message);
      },
      () => ({ job: this.#job.metadata.name, expected: `${reason} ${says.source}`, found }),
      withinMs,
    );
    return found as Condition;
  }

  /** The next pod of the job, once it is there; it runs from now on. */
  async podRuns(): Promise<PlayedPod> {
    const { access, cluster, namespace, url } = this.#stage;
    const { kind, metadata } = this.#job;
    const labels = { [jobLabels[kind]]: metadata.name };
    const find = async () =>
      (await cluster.list('Pod', { namespace, labels })).find(({ metadata: { uid } }) => !this.#played.has(uid));
    await eventually(async () => (await find()) !== undefined, this.#current, withinMs);
    const pod = await find();
    if (!pod) throw new Error(`${metadata.name}: found no pod, expected the one that was there a moment ago`);
    this.#played.add(pod.metadata.uid);
    const standIn = new PodStandIn(access, pod);
    await standIn.runs();
    const token = await standIn.token();
    return {
      node: standIn,
      gone: () => {
        const isThere = async () =>
          (await cluster.list('Pod', { namespace, labels })).some(({ metadata: { uid } }) => uid === pod.metadata.uid);
        return eventually(async () => !(await isThere()), this.#current, withinMs);
      },
      reports: async (...reports) => {
        const job = { namespace, name: metadata.name, plural: kinds[kind].plural };
        for (const report of reports) await sendReport(url, job, token, report);
      },
    };
  }

  readonly #current = () => this.#stage.cluster.get(this.#job.kind, this.#stage.namespace, this.#job.metadata.name);
}

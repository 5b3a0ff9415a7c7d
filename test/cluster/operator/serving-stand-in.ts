import type { Kind } from '../../../operator/src/cluster/kinds.ts';
import type { KubeCluster } from '../../../operator/src/cluster/kube/kube-cluster.ts';
import type { Pod } from '../../../operator/src/cluster/objects.ts';
import type { Watch } from '../../../operator/src/cluster/port.ts';
import type { ControlPlaneAccess } from '../control-plane/access.ts';
import { mustCall } from '../control-plane/api-request.ts';

/** What the pods of a revision do once the scheduler has looked at them. */
export type Play =
  | 'Answers'
  | { readonly waits: string; readonly says: string }
  | { readonly exitCode: number; readonly says: string; readonly restarts: number };

const podKind: Kind = 'Pod';

/** Does for the serving pods of a namespace what nodes would: each revision's pods do what they are told, now and later. */
export class ServingStandIn {
  readonly #access: ControlPlaneAccess;
  readonly #plays = new Map<string, Play>();
  readonly #pods = new Map<string, Pod>();
  readonly #played = new Map<string, Play>();
  readonly #watch: Watch;
  readonly #failures: unknown[] = [];
  #address = 1;

  constructor(access: ControlPlaneAccess, cluster: KubeCluster, namespace: string) {
    this.#access = access;
    this.#watch = cluster.watch(podKind, { namespace }, ({ type, object }) => {
      const pod = object as Pod;
      if (type === 'Deleted') this.#pods.delete(pod.metadata.name);
      else this.#pods.set(pod.metadata.name, pod);
      this.#play(pod, this.#plays.get(revisionOf(pod)) ?? this.#plays.get('*'));
    });
  }

  /** The pods of a revision do this from now on; `*` is every revision that is not named. */
  play(revision: string, play: Play): void {
    this.#plays.set(revision, play);
    for (const pod of this.#pods.values()) if (revisionOf(pod) === revision) this.#play(pod, play);
  }

  /** Pods that this revision gets from now on are left to the scheduler. */
  rest(revision: string): void {
    this.#plays.delete(revision);
  }

  /** Stops; rejects if a status could not be written. */
  close(): void {
    this.#watch.close();
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'pods could not be played');
  }

  #play(pod: Pod, play: Play | undefined): void {
    const { deletionTimestamp, name, namespace } = pod.metadata;
    // Until the scheduler has spoken it may yet write over what is written here.
    const isSeen = pod.status?.conditions?.some(({ type }) => type === 'PodScheduled');
    if (play === undefined || deletionTimestamp !== undefined || !isSeen || this.#played.get(name) === play) return;
    this.#played.set(name, play);
    mustCall(this.#access.admin, `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: { status: this.#status(pod, play) },
    }).catch((error: unknown) => {
      if (!String(error).includes('404')) this.#failures.push(error);
    });
  }

  #status(pod: Pod, play: Play): object {
    const at = new Date().toISOString();
    const answers = play === 'Answers';
    const container = {
      name: pod.spec.containers[0]?.name,
      image: 'trainer',
      imageID: 'trainer',
      ready: answers,
      restartCount: 0,
    };
    const ready = { type: 'Ready', status: answers ? 'True' : 'False', lastTransitionTime: at };
    return {
      phase: answers || 'exitCode' in play ? 'Running' : 'Pending',
      startTime: at,
      ...(answers ? { podIP: `10.0.0.${this.#address}`, podIPs: [{ ip: `10.0.0.${this.#address++}` }] } : {}),
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at }, ready],
      containerStatuses: [{ ...container, ...stateOf(play, at) }],
    };
  }
}

function stateOf(play: Play, at: string): object {
  if (play === 'Answers') return { state: { running: { startedAt: at } } };
  if ('waits' in play) return { state: { waiting: { reason: play.waits, message: play.says } } };
  const { exitCode, says, restarts } = play;
  const terminated = {
    exitCode,
    message: says,
    reason: exitCode === 137 ? 'OOMKilled' : 'Error',
    startedAt: at,
    finishedAt: at,
  };
  return {
    restartCount: restarts,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' } },
    lastState: { terminated },
  };
}

function revisionOf({ metadata: { labels } }: Pod): string {
  return labels?.['wikigpt.dev/revision'] ?? '';
}

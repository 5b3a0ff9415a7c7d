import type { ChatModel } from '../../cluster/kinds.ts';
import type { Deployment, Pod } from '../../cluster/objects.ts';
import { isOwnedBy } from '../../cluster/owner-reference.ts';
import { revisionLabel, revisionName } from '../../objects/names.ts';
import { digestAnnotation, servedAnnotation } from '../../objects/serving.ts';
import type { Settings } from '../../objects/settings.ts';
import { firstBlocked, type Blocked } from '../controller.ts';
import { wasDisrupted, whyUnschedulable } from '../pod-state.ts';
import { explain } from '../training-job/failure.ts';
import { startChecks } from './checks.ts';
import { wantedModel, type Wanted } from './model.ts';
import type { ChatSeen } from './observe.ts';

/** Where a ChatModel stands: which revision should serve, which does, and which are left over. */
export interface Standing {
  readonly wanted: Wanted;
  /** Name of the revision that should serve; undefined while there is no model for it. */
  readonly target: string | undefined;
  /** The revision that requests go to; undefined while there is none. */
  readonly live: Deployment | undefined;
  /** Every revision of this ChatModel, newest first. */
  readonly revisions: readonly Deployment[];
  /** Names of revisions that have been live, the latest first. */
  readonly served: readonly string[];
  readonly replicas: number;
}

export function standing(chat: ChatModel, seen: ChatSeen, settings: Settings): Standing {
  const blocked = firstBlocked(startChecks(settings), chat, seen);
  const wanted: Wanted = blocked ? { blocked } : wantedModel(chat, seen);
  const revisions = seen.deployments
    .filter((deployment) => isOwnedBy(deployment, chat))
    .sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''));
  const service = seen.service && isOwnedBy(seen.service, chat) ? seen.service : undefined;
  const selected = service?.spec.selector[revisionLabel];
  // Where somebody took the Service or the revision away, what answers goes on.
  const live =
    revisions.find(({ metadata }) => metadata.name === selected) ??
    revisions.find((revision) => readyReplicas(revision) > 0);
  return {
    wanted,
    target: wanted.blocked ? undefined : revisionName(chat, wanted.digest),
    live,
    revisions,
    served: service?.metadata.annotations?.[servedAnnotation]?.split(' ') ?? [],
    replicas: wantedReplicas(chat, live),
  };
}

/** How many pods a revision should have. Where load decides, that is as many as there are, so that nobody is contradicted. */
function wantedReplicas({ spec: { replicas, autoscaling } }: ChatModel, live: Deployment | undefined): number {
  if (!autoscaling) return replicas ?? 1;
  const { minReplicas, maxReplicas } = autoscaling;
  return Math.min(Math.max(live?.spec.replicas ?? 0, minReplicas), maxReplicas);
}

/** Whether all pods that a revision should have answer. */
export function isReady(deployment: Deployment | undefined, replicas: number): boolean {
  return isSeen(deployment) && readyReplicas(deployment) >= Math.max(replicas, 1);
}

/** Whether every pod of a revision is made by what it is told now. */
export function isRolledOut(deployment: Deployment): boolean {
  const { updatedReplicas = 0, replicas = 0 } = deployment.status ?? {};
  return isSeen(deployment) && updatedReplicas >= replicas;
}

/** Whether the status of a revision speaks of what was applied last. */
function isSeen({ status, metadata }: Partial<Deployment> = {}): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
}

export function readyReplicas(deployment: Deployment | undefined): number {
  return deployment?.status?.readyReplicas ?? 0;
}

export function modelDigest({ metadata }: Deployment): string | undefined {
  return metadata.annotations?.[digestAnnotation];
}

/** What is wrong with pods of a revision that do not answer, or what they are doing. */
export function trouble(
  revision: string,
  deployment: Deployment | undefined,
  pods: readonly Pod[],
  doing: Blocked = { status: 'Unknown', reason: 'Starting', message: `${revision} is being started` },
): Blocked {
  // Nothing is said by pods that could not be made.
  const refused = deployment?.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  const found = troubleOfPods(revision, pods, { ...doing, message: refused?.message ?? doing.message });
  const late = deployment?.status?.conditions?.some(
    ({ type, status, reason }) => type === 'Progressing' && status === 'False' && reason === 'ProgressDeadlineExceeded',
  );
  if (!late || found.reason !== doing.reason) return found;
  return { status: 'False', reason: 'ServerFailed', message: `${revision} has not answered in time; ${found.message}` };
}

function troubleOfPods(revision: string, pods: readonly Pod[], doing: Blocked): Blocked {
  const own = pods.filter(({ metadata }) => metadata.labels?.[revisionLabel] === revision);
  const states = own.map((pod) => ({ pod, container: pod.status?.containerStatuses?.[0] }));
  for (const { pod, container } of states) {
    const unschedulable = whyUnschedulable(pod);
    if (unschedulable !== undefined) return { status: 'Unknown', reason: 'Unschedulable', message: unschedulable };
    const crash = container?.state.terminated ?? container?.lastState?.terminated;
    if (!crash || crash.exitCode === 0 || wasDisrupted(pod) || container?.ready) continue;
    const { reason, message, retryable } =
      crash.reason === 'OOMKilled' ? outOfMemory : explain(crash.exitCode, crash.message);
    const again = `${revision}: ${message}`;
    if (retryable && (container?.restartCount ?? 0) < 2) return { ...doing, message: `starts again after ${again}` };
    return { status: 'False', reason: serverReasons.has(reason) ? reason : 'ServerFailed', message: again };
  }
  const waiting = states.map(({ container }) => container?.state.waiting).find((state) => state?.message !== undefined);
  return waiting ? { ...doing, message: `${waiting.reason}: ${waiting.message}` } : doing;
}

/** A node's own word for it; the process had no chance to say more. */
const outOfMemory = {
  reason: 'OutOfMemory',
  message: 'it was killed for using more memory than it may: raise limits.memory in spec.resources',
  retryable: true,
} as const;

/** Reasons of a trainer's failure that Ready knows too. */
const serverReasons: ReadonlySet<string> = new Set([
  'InvalidSpec',
  'DigestMismatch',
  'ModelIncompatible',
  'OutOfMemory',
]);

import type { Condition, ContainerState, ContainerTerminated, Pod, PodStatus } from '../objects.ts';

/** What the kubelet knows of a pod, from which its status follows. */
export interface PodFacts {
  readonly phase: PodStatus['phase'];
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly startTime: string;
  /** Set when the node ended the pod, which is no failure of its own. */
  readonly disrupted?: string;
  readonly unschedulable?: string;
}

/** The status of a pod as Kubernetes writes it. */
export function podStatus(pod: Pod, facts: PodFacts, now: Date): PodStatus {
  const { phase, state, lastState, ready, restartCount, startTime, disrupted, unschedulable } = facts;
  const conditions: Condition[] = [
    condition('PodScheduled', unschedulable === undefined, 'Unschedulable', unschedulable),
    condition('Ready', ready, phase === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady'),
  ];
  if (disrupted !== undefined)
    conditions.push({ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message: disrupted });
  return {
    phase,
    podIP: '127.0.0.1',
    startTime,
    ...(disrupted === undefined ? {} : { reason: 'Terminated', message: disrupted }),
    conditions: conditions.map((each) => keepTransition(each, pod.status?.conditions, now)),
    containerStatuses: [
      {
        name: pod.spec.containers[0]?.name ?? '',
        ready,
        restartCount,
        state,
        ...(lastState === undefined ? {} : { lastState }),
      },
    ],
  };
}

function condition(type: string, holds: boolean, reason: string, message?: string): Condition {
  if (holds) return { type, status: 'True' };
  return { type, status: 'False', reason, ...(message === undefined ? {} : { message }) };
}

/** The condition with the time since when its status has been what it is. */
export function keepTransition(next: Condition, previous: readonly Condition[] | undefined, now: Date): Condition {
  const before = previous?.find(({ type }) => type === next.type);
  const since = before?.status === next.status ? before.lastTransitionTime : undefined;
  return { ...next, lastTransitionTime: since ?? now.toISOString() };
}

/** The state of a container that has ended. */
export function terminated(
  exit: { readonly exitCode: number; readonly signal?: number },
  startedAt: string,
  now: Date,
  message: string,
): ContainerTerminated {
  return {
    ...exit,
    reason: exit.exitCode === 0 ? 'Completed' : 'Error',
    ...(message === '' ? {} : { message }),
    startedAt,
    finishedAt: now.toISOString(),
  };
}

import type { Condition, Job, Pod, PodFailureRule } from '../objects.ts';
import { keepTransition } from './pod-status.ts';
import { hasCondition, isEnding, isOver, podFrom, podsOf } from './pods-of.ts';

export interface PodsPlan<Status> {
  readonly create: readonly Pod[];
  readonly remove: readonly Pod[];
  readonly status: Status;
  readonly againAfterMs?: number;
}

type JobStatus = NonNullable<Job['status']>;

const maxRetryMs = 60_000;

/** What Kubernetes' own Job controller would do with one pod at a time: retries, failure policy, deadline, suspension. */
export function planJob(job: Job, allPods: readonly Pod[], now: Date, firstRetryMs: number): PodsPlan<JobStatus> {
  const pods = podsOf(job, allPods);
  const active = pods.filter((pod) => !isOver(pod) && !isEnding(pod));
  const verdicts = pods.filter((pod) => pod.status?.phase === 'Failed').map((pod) => ({ pod, ...judge(job, pod) }));
  const failed = Math.max(verdicts.filter(({ action }) => action !== 'Ignore').length, job.status?.failed ?? 0);
  const { startTime: startedBefore } = job.status ?? {};
  const counts = { active: active.length, failed, succeeded: pods.filter(succeeded).length };
  const ended = job.status?.conditions?.some(({ type, status }) => isEnd(type) && status === 'True') ?? false;
  if (ended) return { create: [], remove: active, status: { ...job.status, active: 0 } };
  if (job.spec.suspend) {
    const conditions = [is('Suspended', 'JobSuspended', 'Job suspended')];
    return { create: [], remove: active, status: { ...counts, active: 0, conditions: stamp(job, conditions, now) } };
  }

  const startTime = startedBefore ?? now.toISOString();
  const end = (condition: Condition): PodsPlan<JobStatus> => ({
    create: [],
    remove: active,
    status: { ...counts, active: 0, startTime, conditions: stamp(job, [condition], now) },
  });
  const done = pods.find(succeeded);
  if (done) {
    const plan = end(is('Complete', 'CompletionsReached', 'Reached expected number of succeeded pods'));
    return { ...plan, status: { ...plan.status, completionTime: finishedAt(done) ?? now.toISOString() } };
  }
  const fatal = verdicts.find(({ action }) => action === 'FailJob');
  if (fatal) return end(is('Failed', 'PodFailurePolicy', fatal.message));
  const { backoffLimit = 6, activeDeadlineSeconds } = job.spec;
  if (failed > backoffLimit)
    return end(is('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'));
  const deadline =
    activeDeadlineSeconds === undefined ? Infinity : Date.parse(startTime) + activeDeadlineSeconds * 1000;
  if (now.getTime() >= deadline)
    return end(is('Failed', 'DeadlineExceeded', 'Job was active longer than specified deadline'));

  const status: JobStatus = { ...counts, startTime, conditions: [] };
  const untilDeadline = deadline - now.getTime();
  const wait = (ms: number): PodsPlan<JobStatus> => ({
    create: [],
    remove: [],
    status,
    ...(ms === Infinity ? {} : { againAfterMs: ms }),
  });
  if (pods.some((pod) => !isOver(pod))) return wait(untilDeadline);
  const pause = retryAt(verdicts, failed, firstRetryMs) - now.getTime();
  if (pause > 0) return wait(Math.min(pause, untilDeadline));
  const pod = podFrom(job, job.spec.template, String(pods.length), {
    'batch.kubernetes.io/job-name': job.metadata.name,
  });
  return { ...wait(untilDeadline), create: [pod], status: { ...status, active: 1 } };
}

/** The failure policy's word on a failed pod; the first rule that matches decides. */
function judge(job: Job, pod: Pod): { action: PodFailureRule['action']; message: string } {
  const exitCode = pod.status?.containerStatuses?.[0]?.state.terminated?.exitCode;
  const rule = job.spec.podFailurePolicy?.rules.find(({ onExitCodes, onPodConditions }) => {
    if (onPodConditions) return onPodConditions.some(({ type }) => hasCondition(pod, type));
    if (!onExitCodes || exitCode === undefined) return false;
    return onExitCodes.values.includes(exitCode) === (onExitCodes.operator === 'In');
  });
  const message = `Container of pod ${pod.metadata.namespace}/${pod.metadata.name} failed with exit code ${exitCode ?? 'unknown'}`;
  return { action: rule?.action ?? 'Count', message };
}

/** When the next pod may start, in milliseconds: disruptions wait for nothing, failures ever longer. */
function retryAt(
  verdicts: readonly { readonly pod: Pod; readonly action: string }[],
  failed: number,
  firstRetryMs: number,
): number {
  const last = verdicts
    .filter(({ pod }) => !hasCondition(pod, 'DisruptionTarget'))
    .map(({ pod, action }) => ({ at: Date.parse(finishedAt(pod) ?? ''), action }))
    .filter(({ at }) => !Number.isNaN(at))
    .sort((a, b) => b.at - a.at)[0];
  if (!last) return 0;
  const delay = last.action === 'Ignore' ? firstRetryMs : firstRetryMs * 2 ** Math.max(failed - 1, 0);
  return last.at + Math.min(delay, maxRetryMs);
}

const isEnd = (type: string) => type === 'Complete' || type === 'Failed';
const succeeded = (pod: Pod) => pod.status?.phase === 'Succeeded';
const finishedAt = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state.terminated?.finishedAt;

function is(type: string, reason: string, message: string): Condition {
  return { type, status: 'True', reason, message };
}

function stamp(job: Job, conditions: readonly Condition[], now: Date): Condition[] {
  return conditions.map((each) => keepTransition(each, job.status?.conditions, now));
}

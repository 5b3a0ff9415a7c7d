import type { JobStatus } from '@wikigpt/schema/job-status.ts';
import type { FineTuneJob } from '../../cluster/kinds.ts';
import { isOwnedBy } from '../../cluster/owner-reference.ts';
import type { Settings } from '../../objects/settings.ts';
import { conditionOf, withTransition } from '../condition.ts';
import { baseTitle, methodTitle } from './base.ts';
import type { JobSeen } from './observe.ts';
import { hasEnded, outcome, ownJob } from './outcome.ts';

/** The parts of the status that the controller owns, undefined where there is nothing to say; once a job has ended they stay as they are. */
export function status(job: FineTuneJob, seen: JobSeen, now: Date, settings: Settings): JobStatus {
  const child = ownJob(job, seen);
  const ended = conditionOf(job, 'Succeeded');
  if (ended && hasEnded(job)) return { ...owned(job), conditions: [ended] };
  const { status: is, reason, message } = outcome(job, seen, now, settings);
  const condition = withTransition(
    { type: 'Succeeded', status: is, reason, message, observedGeneration: job.metadata.generation },
    job,
    now,
  );
  const startTime = job.status?.startTime ?? child?.status?.startTime;
  return {
    observedGeneration: job.metadata.generation,
    base: baseTitle(job),
    method: methodTitle(job),
    conditions: [condition],
    startTime,
    completionTime: is === 'Unknown' ? undefined : (child?.status?.completionTime ?? now.toISOString()),
    restarts: restarts(job, seen),
  };
}

/** What the controller wrote before. */
function owned({ status: before = {} }: FineTuneJob): JobStatus {
  const { observedGeneration, base, method, startTime, completionTime, restarts: count } = before;
  return { observedGeneration, base, method, startTime, completionTime, restarts: count };
}

/** Pods that the cluster ended and pods that failed; nothing while there were none. */
function restarts(job: FineTuneJob, seen: JobSeen): JobStatus['restarts'] {
  const child = ownJob(job, seen);
  if (!child) return job.status?.restarts;
  const failed = seen.pods.filter((pod) => isOwnedBy(pod, child) && pod.status?.phase === 'Failed');
  const failures = child.status?.failed ?? 0;
  const evictions = failed.filter(({ status: is }) =>
    is?.conditions?.some(({ type, status: holds }) => type === 'DisruptionTarget' && holds === 'True'),
  ).length;
  return failures + evictions === 0 ? undefined : { evictions, failures };
}

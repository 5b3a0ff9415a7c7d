import type { DistillJobStatus, JobStatus } from '@wikigpt/schema/job-status.ts';
import type { TrainingJob } from '../../cluster/kinds.ts';
import { isOwnedBy } from '../../cluster/owner-reference.ts';
import type { Settings } from '../../objects/settings.ts';
import { conditionOf, withTransition } from '../condition.ts';
import { wasDisrupted } from '../pod-state.ts';
import { estimateOf } from './memory.ts';
import type { JobSeen } from './observe.ts';
import { notesOn } from './notes.ts';
import { hasEnded } from './ended.ts';
import { outcome, ownJob } from './outcome.ts';
import { titlesOf } from './training-kinds.ts';

/** The status of either kind; each has its own words for its models. */
type TrainingStatus = JobStatus & DistillJobStatus;

/** The parts of the status that the controller owns, undefined where there is nothing to say; once a job has ended they stay as they are. */
export function status(job: TrainingJob, seen: JobSeen, now: Date, settings: Settings): TrainingStatus {
  const child = ownJob(job, seen);
  const ended = conditionOf(job, 'Succeeded');
  if (ended && hasEnded(job)) return { ...owned(job), conditions: [ended] };
  const { status: is, reason, message } = outcome(job, seen, now, settings);
  const condition = withTransition(
    { type: 'Succeeded', status: is, reason, message, observedGeneration: job.metadata.generation },
    job,
    now,
  );
  // Not as soon as it is known, which would be a write of its own, but with the next state.
  const isNext = conditionOf(job, 'Succeeded')?.reason !== reason;
  const startTime = job.status?.startTime ?? (isNext ? child?.status?.startTime : undefined);
  return {
    observedGeneration: job.metadata.generation,
    ...titlesOf(job),
    conditions: [
      condition,
      ...notesOn(job, settings).map((note) =>
        withTransition({ ...note, observedGeneration: job.metadata.generation }, job, now),
      ),
    ],
    startTime,
    completionTime: is === 'Unknown' ? undefined : (child?.status?.completionTime ?? now.toISOString()),
    restarts: restarts(job, seen),
    ...estimate(job, seen, settings),
  };
}

/** What the controller wrote before. */
function owned(job: TrainingJob): TrainingStatus {
  const { observedGeneration, startTime, completionTime, restarts: count } = job.status ?? {};
  return { observedGeneration, ...titlesOf(job), startTime, completionTime, restarts: count, ...known(job) };
}

/** What the pod was given memory for, as soon as there is one to be; the trainer, who reads the model, may know better. */
function estimate(job: TrainingJob, seen: JobSeen, settings: Settings): Pick<JobStatus, 'estimate'> {
  const estimated = ownJob(job, seen) && estimateOf(job, seen, settings);
  return job.status?.estimate || !estimated ? known(job) : { estimate: estimated };
}

function known({ status: is }: TrainingJob): Pick<JobStatus, 'estimate'> {
  return is?.estimate ? { estimate: is.estimate } : {};
}

/** Pods that the cluster ended and pods that failed; nothing while there were none. */
function restarts(job: TrainingJob, seen: JobSeen): JobStatus['restarts'] {
  const child = ownJob(job, seen);
  if (!child) return job.status?.restarts;
  const failed = seen.pods.filter((pod) => isOwnedBy(pod, child) && pod.status?.phase === 'Failed');
  const failures = child.status?.failed ?? 0;
  const evictions = failed.filter(wasDisrupted).length;
  return failures + evictions === 0 ? undefined : { evictions, failures };
}

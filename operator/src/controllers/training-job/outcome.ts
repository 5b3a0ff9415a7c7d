import type { SucceededReason } from '@wikigpt/schema/catalog.ts';
import type { Condition } from '@wikigpt/schema/metadata.ts';
import type { TrainingJob } from '../../cluster/kinds.ts';
import type { Job, Pod } from '../../cluster/objects.ts';
import { isOwnedBy } from '../../cluster/owner-reference.ts';
import type { Settings } from '../../objects/settings.ts';
import { conditionOf } from '../condition.ts';
import { firstBlocked } from '../controller.ts';
import { whyUnschedulable } from '../pod-state.ts';
import { startChecks } from './checks.ts';
import { jobFailure, lastFailure } from './failure.ts';
import type { JobSeen } from './observe.ts';

/** The state of a job: the top-level condition without its times. */
export interface Outcome {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: SucceededReason;
  readonly message: string;
  /** When time alone changes it. */
  readonly until?: Date;
}

/** The annotation by which a person decides about a job whose gate is held: Approve or Reject. */
export const gateDecision = 'wikigpt.dev/gate-decision';

/** The condition that the progress endpoint writes: its reason is the phase that the pod named in its message is in. */
export const reportedCondition = 'Reported';

/** How long a finished pod's last report may take to be seen. */
const lastReportMs = 30_000;
/** How long the first report of a pod that runs may take before that is worth a word: it loads its programs first. */
const firstReportMs = 30_000;
const isMade = 'the training Job is being made';
const isStarted = 'the pod is being started';
/** The states that a job goes through when all is well. */
const ordinary: ReadonlySet<string> = new Set<SucceededReason>([
  'ValidatingData',
  'PullingModel',
  'Training',
  'Evaluating',
  'Publishing',
  'Complete',
]);

/** The batch Job of this very training job. */
export function ownJob(job: TrainingJob, seen: JobSeen): Job | undefined {
  return seen.job && isOwnedBy(seen.job, job) ? seen.job : undefined;
}

/** Whether a state is one that a person may have to do something about, rather than a step of the ordinary way. */
export function isNews({ reason, message }: Pick<Condition, 'reason' | 'message'>): boolean {
  return !ordinary.has(reason) && message !== isMade && message !== isStarted;
}

/** What can be said of a job that has not ended. */
export function outcome(job: TrainingJob, seen: JobSeen, now: Date, settings: Settings): Outcome {
  const child = ownJob(job, seen);
  if (!child) {
    const blocked = firstBlocked(startChecks(settings), job, seen);
    if (blocked) return blocked as Outcome;
    return unknown('Pending', isMade);
  }
  const pods = seen.pods.filter((pod) => isOwnedBy(pod, child));
  const failure = jobFailure(child, pods);
  if (failure) return { status: 'False', ...failure };
  if (child.status?.completionTime !== undefined) return finished(job, child.status.completionTime, now);
  if (job.spec.suspend) {
    const { checkpoint } = job.status ?? {};
    const from = checkpoint ? `; it goes on from step ${checkpoint.step}` : '';
    return unknown('Suspended', `spec.suspend is true: set it to false to go on${from}`);
  }
  if (child.spec.suspend) return unknown('Queued', 'the queue has not admitted the Job yet');
  return active(job, child, pods, now);
}

function finished(job: TrainingJob, completionTime: string, now: Date): Outcome {
  const { evaluation, artifact } = job.status ?? {};
  if (evaluation?.gate === 'Failed' || evaluation?.gate === 'Held') {
    const why = evaluation.reasons?.join('; ') ?? evaluation.summary;
    const decision = job.metadata.annotations?.[gateDecision];
    if (decision === 'Approve' && artifact)
      return { status: 'True', reason: 'Complete', message: `approved by hand although its gate did not pass: ${why}` };
    const held = evaluation.gate === 'Held' || job.spec.evaluation.gate?.onFailure === 'Hold';
    if (held && decision !== 'Reject')
      return unknown('GateHeld', `${why}. Decide with the annotation ${gateDecision}: Approve or Reject`);
    return { status: 'False', reason: 'GateFailed', message: why };
  }
  if (artifact) {
    const summary = evaluation ? `${evaluation.summary}; ` : '';
    return { status: 'True', reason: 'Complete', message: `${summary}${artifact.uri}` };
  }
  const until = new Date(Date.parse(completionTime) + lastReportMs);
  if (now < until) return { ...unknown('Publishing', 'waits for the last report of the pod'), until };
  return {
    status: 'False',
    reason: 'TrainerFailed',
    message: 'the pod ended well but reported no artifact: see its log',
  };
}

function active(job: TrainingJob, child: Job, pods: readonly Pod[], now: Date): Outcome {
  const pod = pods.find(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
  const waiting = pending(job, pod, pods, child);
  if (pod?.status?.phase === 'Running') return running(job, pod, waiting, now);
  const { preRunningDeadlineSeconds: limit } = job.spec;
  const since = child.status?.startTime ?? child.metadata.creationTimestamp;
  const everRan = pods.some(({ status }) => status?.startTime !== undefined && status.phase !== 'Pending');
  if (limit === undefined || since === undefined || everRan) return waiting;
  const until = new Date(Date.parse(since) + limit * 1000);
  if (now < until) return { ...waiting, until };
  return {
    status: 'False',
    reason: 'DeadlineExceeded',
    message: `no pod ran within preRunningDeadlineSeconds: ${limit}; it was ${waiting.reason}: ${waiting.message}`,
  };
}

function pending(job: TrainingJob, pod: Pod | undefined, pods: readonly Pod[], child: Job): Outcome {
  const unschedulable = pod && whyUnschedulable(pod);
  if (unschedulable !== undefined) return unknown('Unschedulable', unschedulable);
  const waiting = pod?.status?.containerStatuses?.[0]?.state.waiting;
  if (waiting?.message !== undefined) return unknown('Pending', `${waiting.reason}: ${waiting.message}`);
  const failure = lastFailure(pods);
  if (failure) {
    const failures = child.status?.failed ?? 0;
    return unknown(
      'Pending',
      `retry ${failures} of ${job.spec.backoffLimit} after ${failure.reason}: ${failure.message}`,
    );
  }
  const { checkpoint } = job.status ?? {};
  if (pods.length > (pod ? 1 : 0) && checkpoint)
    return unknown('Pending', `was interrupted; goes on from step ${checkpoint.step}`);
  return unknown('Pending', isStarted);
}

/** The phase that this pod reported, and until then what it was waited for; what an earlier pod reported no longer counts. */
function running(job: TrainingJob, pod: Pod, waiting: Outcome, now: Date): Outcome {
  const reported = conditionOf(job, reportedCondition);
  if (reported?.message !== pod.metadata.name) {
    const { status, metadata } = pod;
    const since = status?.containerStatuses?.[0]?.state.running?.startedAt ?? metadata.creationTimestamp ?? '';
    const until = new Date(Date.parse(since) + firstReportMs);
    if (now < until) return { ...waiting, until };
    return unknown('Pending', 'the pod runs and has not reported yet: see its log');
  }
  const reason = reported.reason as SucceededReason;
  const { step, totalSteps } = job.status?.progress ?? {};
  const says: Partial<Record<SucceededReason, string>> = {
    ValidatingData: 'reads and checks the data',
    PullingModel: 'fetches the base model',
    Resuming: `goes on from step ${job.status?.checkpoint?.step ?? step ?? 0}`,
    // Not which step it is at: that is in the progress beside it, and each step would be one more write.
    Training: totalSteps === undefined ? 'begins' : `${totalSteps} steps`,
    Evaluating: 'scores the result',
    Publishing: 'writes and verifies the result',
  };
  return unknown(reason, says[reason] ?? '');
}

function unknown(reason: SucceededReason, message: string): Outcome {
  return { status: 'Unknown', reason, message };
}

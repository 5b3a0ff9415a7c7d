import type { Condition } from '@wikigpt/schema/metadata.ts';
import type { DistillJobStatus, JobStatus } from '@wikigpt/schema/job-status.ts';
import type { ProgressReport } from '@wikigpt/schema/task.ts';
import type { TrainingJob } from '../cluster/kinds.ts';
import { conditionOf } from '../controllers/condition.ts';
import { reportedCondition } from '../controllers/training-job/outcome.ts';
import { briefly } from '../duration.ts';

/** The parts of a job's status that its pod speaks of. */
const parts = ['progress', 'data', 'estimate', 'checkpoint', 'rollbacks', 'evaluation', 'artifact', 'report'] as const;

/** The trainer's parts of the status after a report: what it names replaces what was known, the rest stays. */
export function withReport(
  job: TrainingJob,
  report: ProgressReport,
  pod: string,
  now: Date,
): JobStatus & DistillJobStatus {
  const before: DistillJobStatus = job.status ?? {};
  const status: JobStatus & DistillJobStatus = {};
  for (const part of parts) Object.assign(status, { [part]: report[part] ?? before[part] });
  if (report.progress)
    status.progress = {
      ...report.progress,
      steps: report.progress.steps ?? `${report.progress.step}/${report.progress.totalSteps}`,
      eta:
        report.progress.eta ??
        (report.progress.etaSeconds === undefined ? undefined : briefly(report.progress.etaSeconds)),
      updatedAt: now.toISOString(),
    };
  const ended = report.artifact !== undefined || report.phase === 'Evaluating' || report.phase === 'Publishing';
  if (ended && status.progress) status.progress = { ...status.progress, eta: undefined, etaSeconds: undefined };
  const known = conditionOf(job, reportedCondition);
  const reported: Condition | undefined = report.phase
    ? {
        type: reportedCondition,
        status: 'True',
        reason: report.phase,
        message: pod,
        lastTransitionTime: now.toISOString(),
      }
    : known;
  const same = known && reported && known.reason === reported.reason && known.message === reported.message;
  return { ...status, ...(reported ? { conditions: [same ? known : reported] } : {}) };
}

/** Whether a report says more than where training stands, and so must not be kept back. */
export function isNews({ progress: _progress, ...rest }: ProgressReport, job: TrainingJob, pod: string): boolean {
  const { phase, ...others } = rest;
  const reported = conditionOf(job, reportedCondition);
  if (phase !== undefined && (reported?.reason !== phase || reported.message !== pod)) return true;
  return Object.values(others).some((part) => part !== undefined);
}

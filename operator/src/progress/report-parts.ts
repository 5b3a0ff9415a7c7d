import type { Condition } from '@wikigpt/schema/metadata.ts';
import type { JobStatus } from '@wikigpt/schema/job-status.ts';
import type { ProgressReport } from '@wikigpt/schema/task.ts';
import type { FineTuneJob } from '../cluster/kinds.ts';
import { conditionOf } from '../controllers/condition.ts';
import { reportedCondition } from '../controllers/fine-tune-job/outcome.ts';
import { briefly } from '../duration.ts';

/** The parts of a job's status that its pod speaks of. */
const parts = ['progress', 'data', 'estimate', 'checkpoint', 'evaluation', 'artifact'] as const;

/** The trainer's parts of the status after a report: what it names replaces what was known, the rest stays. */
export function withReport(job: FineTuneJob, report: ProgressReport, pod: string, now: Date): JobStatus {
  const status: JobStatus = {};
  for (const part of parts) Object.assign(status, { [part]: report[part] ?? job.status?.[part] });
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
  const before = conditionOf(job, reportedCondition);
  const reported: Condition | undefined = report.phase
    ? {
        type: reportedCondition,
        status: 'True',
        reason: report.phase,
        message: pod,
        lastTransitionTime: now.toISOString(),
      }
    : before;
  const same = before && reported && before.reason === reported.reason && before.message === reported.message;
  return { ...status, ...(reported ? { conditions: [same ? before : reported] } : {}) };
}

/** Whether a report says more than where training stands, and so must not be kept back. */
export function isNews({ progress: _progress, ...rest }: ProgressReport, job: FineTuneJob, pod: string): boolean {
  const { phase, ...others } = rest;
  const reported = conditionOf(job, reportedCondition);
  if (phase !== undefined && (reported?.reason !== phase || reported.message !== pod)) return true;
  return Object.values(others).some((part) => part !== undefined);
}

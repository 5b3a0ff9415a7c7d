import type { TrainingJob } from '../../cluster/kinds.ts';
import type { Job } from '../../cluster/objects.ts';
import { conditionOf } from '../condition.ts';

/** Whether the job has ended; then nothing about it changes any more. */
export function hasEnded(job: TrainingJob): boolean {
  const status = conditionOf(job, 'Succeeded')?.status;
  return status === 'True' || status === 'False';
}

/** Whether a batch Job has ended. */
export function isDone({ status }: Job): boolean {
  const ends = status?.conditions?.filter(({ type }) => type === 'Complete' || type === 'Failed') ?? [];
  return ends.some(({ status: is }) => is === 'True');
}

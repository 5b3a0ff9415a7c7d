import type { Condition } from '@wikigpt/schema/metadata.ts';
import type { TrainingJob } from '../../cluster/kinds.ts';
import type { Settings } from '../../objects/settings.ts';

type Note = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** What a spec asks for without effect here, as conditions: nothing is ignored in silence. */
export function notesOn({ spec }: TrainingJob, { inCluster }: Settings): readonly Note[] {
  const notes: Note[] = [];
  const { type, count } = spec.resources.accelerator;
  if (type !== 'None')
    notes.push({
      type: 'Accelerated',
      status: 'False',
      reason: 'ProcessorOnly',
      message: `the trainer of this release computes on the processor: ${count} ${type} ${inCluster ? 'are reserved and not used' : 'are not asked for on this machine'}`,
    });
  if (spec.queueName !== undefined && !inCluster)
    notes.push({
      type: 'Queued',
      status: 'False',
      reason: 'NoCluster',
      message: `there is no queue ${spec.queueName} on this machine: the job runs at once`,
    });
  return notes;
}

import type { TrainingJob } from '../../cluster/kinds.ts';
import { estimateFor, memoryRequest, type Estimate, type MemoryRequest } from '../../objects/memory-request.ts';
import type { Settings } from '../../objects/settings.ts';
import type { JobSeen } from './observe.ts';
import { heldModels } from './training-kinds.ts';

/** The memory that a job is thought to need; nothing where its manifest says it. */
export function estimateOf(job: TrainingJob, { upstreams }: JobSeen, settings: Settings): Estimate | undefined {
  if (job.spec.resources.mode === 'Manual') return undefined;
  return estimateFor(job.spec, heldModels(job, upstreams), settings);
}

/** What the pod of a job asks for instead of what its manifest leaves open. */
export function requestOf(job: TrainingJob, seen: JobSeen, settings: Settings): MemoryRequest {
  return memoryRequest(estimateOf(job, seen, settings), heldModels(job, seen.upstreams));
}

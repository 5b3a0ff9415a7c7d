import type { TrainingJob } from '../cluster/kinds.ts';
import type { Settings } from './settings.ts';

/** The place below which a job's result goes. */
export function outputStore({ spec }: TrainingJob, { defaultStore }: Settings): string {
  return spec.output.uri ?? defaultStore;
}

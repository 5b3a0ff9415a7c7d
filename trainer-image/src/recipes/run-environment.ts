import type { Logger } from '../log.ts';
import type { ProgressClient } from '../progress/progress-client.ts';

/** What a recipe gets from outside: places, clocks and listeners. */
export interface RunEnvironment {
  /** Where the container's file system begins. */
  readonly root: string;
  /** Checkpoints and scratch files of this job. */
  readonly work: string;
  readonly threads: number;
  readonly logger: Logger;
  readonly progress: ProgressClient;
  readonly signal: AbortSignal;
  /** Milliseconds, for durations. */
  readonly now: () => number;
  /** The time of day, for reports. */
  readonly date: () => Date;
}

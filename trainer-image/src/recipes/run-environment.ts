import type { Stores } from '../artifacts/stores.ts';
import type { Logger } from '../log.ts';
import type { ProgressClient } from '../progress/progress-client.ts';

/** What a recipe gets from outside: places, clocks and listeners. */
export interface RunEnvironment extends Stores {
  readonly threads: number;
  readonly logger: Logger;
  readonly progress: ProgressClient;
  /** Milliseconds, for durations. */
  readonly now: () => number;
  /** The time of day, for reports. */
  readonly date: () => Date;
}

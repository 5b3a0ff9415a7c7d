import type { ServeTask } from '@wikigpt/schema/task.ts';
import type { TextGenerator } from '../generate/text-generator.ts';
import type { Logger } from '../log.ts';
import type { Page } from './page.ts';
import type { ServeMetrics } from './metrics.ts';
import type { ServedModel } from './served-model.ts';

export type ServerState = 'loading' | 'ready' | 'draining' | 'failed';

/** What the routes work with; clock and randomness come from outside. */
export interface Service {
  readonly model: ServedModel;
  readonly metrics: ServeMetrics;
  /** Undefined = no page at /. */
  readonly page: Page | undefined;
  /** The service that the page compares with; its address is undefined while it has none. Undefined = none. */
  readonly peer: ServeTask['peer'];
  readonly logger: Logger;
  readonly maxBodyBytes: number;
  /** Undefined while the model loads. */
  generator(): TextGenerator | undefined;
  state(): ServerState;
  /** Milliseconds of a clock that never goes back. */
  clock(): number;
  /** Unix time in seconds. */
  unixTime(): number;
  /** A unique part of a response id. */
  newId(): string;
  /** The seed of a request that names none. */
  newSeed(): number;
}

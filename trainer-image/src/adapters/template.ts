import type { Adapter } from './adapter.ts';

/** Nothing is trained: the base, asked by the job's prompt, is scored and published as it is. */
export function template(): Adapter {
  return { trainable: [], merge: (_parameter, base) => base, peftConfig: () => null };
}

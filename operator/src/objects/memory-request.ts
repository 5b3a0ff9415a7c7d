import { estimateTraining, memoryQuantity, type TrainedSpec } from '@wikigpt/schema/memory-estimate.ts';
import type { ModelSizes } from '@wikigpt/schema/model-sizes.ts';
import type { Resources } from '@wikigpt/schema/pod.ts';
import type { Settings } from './settings.ts';

/** What a pod asks of a node beside devices; nothing where its manifest says it. */
export type MemoryRequest = Pick<Resources, 'requests' | 'limits'>;

/** The models that a training pod holds. */
export interface HeldModels {
  readonly model: ModelSizes;
  readonly teacher?: ModelSizes | undefined;
}

/** An amount of memory, and what it is made of. */
export interface Estimate {
  readonly memory: string;
  readonly basis: string;
}

/** What training takes by the sizes of its models; where these are not known, what the settings have for that. */
export function estimateFor(
  spec: TrainedSpec,
  held: HeldModels | undefined,
  { defaultMemory }: Settings,
): Estimate | undefined {
  if (held) {
    const { bytes, basis } = estimateTraining(spec, held.model, held.teacher);
    return { memory: memoryQuantity(bytes), basis };
  }
  if (defaultMemory === undefined) return undefined;
  const basis =
    'the default, since the sizes of the model are known only when it is read; for another amount write resources.mode: Manual';
  return { memory: defaultMemory, basis };
}

/** How far training may go beyond its estimate: docs/results/memory.md has peaks of 0.87 to 1.06 times the estimate, and a limit that is reached ends the job. */
const limitFactor = 1.5;

/** The request that an estimate is worth; a limit too when sizes stand behind it, for a guess must not end a pod. */
export function memoryRequest(estimate: Estimate | undefined, held: HeldModels | undefined): MemoryRequest {
  if (!estimate) return {};
  const { memory } = estimate;
  const limit = `${Math.ceil(Number.parseInt(memory, 10) * limitFactor)}Mi`;
  return { requests: { cpu: '1', memory }, ...(held ? { limits: { memory: limit } } : {}) };
}

import { estimateMemory, type MemoryEstimate } from '@wikigpt/schema/memory-estimate.ts';
import type { ModelSizes } from '@wikigpt/schema/model-sizes.ts';
import { modelSizes } from '../models/model-sizes.ts';
import { parameterCount } from '../models/parameter-count.ts';
import type { TrainingPlan } from './plan-training.ts';

/** The memory that a plan takes; `slots` are the supervised ones of one run, every token where that is not known. */
export function estimatePlan(
  plan: TrainingPlan,
  slots = plan.rows * plan.sequenceLength,
  {
    teacher,
    writes = false,
    keepsBase = false,
  }: {
    readonly teacher?: ModelSizes | undefined;
    readonly writes?: boolean;
    /** Whether the base is asked beside what is trained, so that its tensors stay whatever is trained of them. */
    readonly keepsBase?: boolean;
  } = {},
): MemoryEstimate {
  const { config, layout, parameters, rows, sequenceLength, accumulation, activationCheckpointing, copies, reached } =
    plan;
  const trained = new Set(layout.entries.map(({ parameter }) => parameter.name));
  const frozen = parameterCount(parameters.filter(({ name }) => keepsBase || !trained.has(name)));
  return estimateMemory({
    model: { ...config, architecture: modelSizes(config)?.architecture },
    frozen,
    copies,
    reached,
    trained: layout.total,
    tokens: rows * sequenceLength,
    sequenceLength,
    accumulation,
    activationCheckpointing,
    slots,
    teacher,
    writer: writes ? modelSizes(config) : undefined,
  });
}

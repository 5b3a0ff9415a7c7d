import { estimateMemory, type MemoryEstimate } from '@wikigpt/schema/memory-estimate.ts';
import type { ModelSizes } from '@wikigpt/schema/model-sizes.ts';
import type { Parameter } from '../models/family.ts';
import type { TrainingPlan } from './plan-training.ts';

/** The memory that a plan takes; `slots` are the supervised ones of one run, every token where that is not known. */
export function estimatePlan(
  plan: TrainingPlan,
  slots = plan.rows * plan.sequenceLength,
  teacher?: ModelSizes,
): MemoryEstimate {
  const { config, layout, parameters, rows, sequenceLength } = plan;
  const trained = new Set(layout.entries.map(({ parameter }) => parameter.name));
  const frozen = parameters.filter(({ name }) => !trained.has(name)).reduce((sum, each) => sum + elements(each), 0);
  return estimateMemory({
    model: config,
    frozen,
    trained: layout.total,
    tokens: rows * sequenceLength,
    sequenceLength,
    slots,
    teacher,
  });
}

function elements({ shape }: Parameter): number {
  return shape.reduce((product, side) => product * side, 1);
}

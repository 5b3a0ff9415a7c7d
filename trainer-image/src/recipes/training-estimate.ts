import type { Estimate } from '@wikigpt/schema/job-status.ts';
import { estimateMemory, memoryQuantity } from '../train/memory-estimate.ts';
import type { TrainingPlan } from '../train/plan-training.ts';
import type { BaseModel } from './base-model.ts';

/** The memory that a planned training needs, for the status; `slots` are those of one run of the graph, which may hold a teacher. */
export function trainingEstimate(
  plan: TrainingPlan,
  slots: number,
  teacher?: Pick<BaseModel, 'family' | 'config'>,
): Estimate {
  const { bytes, basis } = estimateMemory({
    config: plan.config,
    parameters: plan.parameters,
    layout: plan.layout,
    tokens: plan.rows * plan.sequenceLength,
    sequenceLength: plan.sequenceLength,
    slots,
    ...(teacher ? { teacher: { config: teacher.config, parameters: teacher.family.parameters(teacher.config) } } : {}),
  });
  return { memory: memoryQuantity(bytes), basis };
}

import type { Estimate } from '@wikigpt/schema/job-status.ts';
import { memoryQuantity } from '@wikigpt/schema/memory-estimate.ts';
import { modelSizes } from '../models/model-sizes.ts';
import { estimatePlan } from '../train/memory-estimate.ts';
import type { TrainingPlan } from '../train/plan-training.ts';
import type { BaseModel } from './base-model.ts';

/** The memory that a planned training needs, for the status; `slots` are the supervised ones of one run of the graph. */
export function trainingEstimate(
  plan: TrainingPlan,
  slots: number,
  {
    teacher = null,
    ...beside
  }: {
    readonly teacher?: Pick<BaseModel, 'config'> | null;
    readonly writes?: boolean;
    readonly keepsBase?: boolean;
  } = {},
): Estimate {
  const { bytes, basis } = estimatePlan(plan, slots, {
    teacher: teacher ? modelSizes(teacher.config) : undefined,
    ...beside,
  });
  return { memory: memoryQuantity(bytes), basis };
}

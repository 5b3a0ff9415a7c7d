import { memoryQuantity } from '@wikigpt/schema/memory-estimate.ts';
import type { Estimate } from '@wikigpt/schema/job-status.ts';
import type { ModelConfig } from '../models/family.ts';
import { modelSizes } from '../models/model-sizes.ts';
import { estimatePlan } from '../train/memory-estimate.ts';
import type { TrainingPlan } from '../train/plan-training.ts';

/** The memory that a planned training needs, for the status; `slots` are those of one run of the graph, which may hold a teacher. */
export function trainingEstimate(
  plan: TrainingPlan,
  slots: number,
  teacher?: { readonly config: ModelConfig },
): Estimate {
  const { bytes, basis } = estimatePlan(plan, slots, teacher && modelSizes(teacher.config));
  return { memory: memoryQuantity(bytes), basis };
}

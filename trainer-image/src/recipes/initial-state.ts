import { initialWeights } from '../initial-weights.ts';
import { viewOf } from '../optim/flat-layout.ts';
import { createRandom } from '../random.ts';
import type { TrainingPlan } from '../train/plan-training.ts';
import type { TrainState } from '../train/train-step.ts';
import type { BaseModel } from './base-model.ts';

/** The weights that training starts from: the base's own where they are trained, else drawn from the seed. */
export async function initialState(
  seed: number,
  base: BaseModel,
  { layout, parameters, config }: TrainingPlan,
): Promise<TrainState> {
  const random = createRandom(seed);
  const weights = new Float32Array(layout.total);
  const ofBase = new Set(parameters.map(({ name }) => name));
  for (const entry of layout.entries) {
    const { parameter } = entry;
    const given = base.tensor && ofBase.has(parameter.name) ? await base.tensor(parameter) : null;
    viewOf(weights, entry).set(given ?? initialWeights(parameter, config.layers, random));
  }
  return { weights, first: new Float32Array(layout.total), second: new Float32Array(layout.total), step: 0 };
}

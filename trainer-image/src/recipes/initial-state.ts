import { readKeysAndValues } from '../generate/virtual-tokens.ts';
import { createRandom } from '../random.ts';
import { initialVector } from '../train/initial-vector.ts';
import type { TrainingPlan } from '../train/plan-training.ts';
import type { TrainState } from '../train/train-step.ts';
import type { BaseModel } from './base-model.ts';

/** The weights that training starts from: the base's own where they are trained, else made by the method or drawn from the seed. */
export async function initialState(
  seed: number,
  base: BaseModel,
  { layout, parameters, config, adapter }: TrainingPlan,
  threads: number,
): Promise<TrainState> {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const origin = {
    random: createRandom(seed),
    tensor: (name: string) => base.tensor!(byName.get(name)!),
    encode: (text: string) => base.tokenizer.encodeText(text),
    keysAndValues: (tokens: readonly number[]) => readKeysAndValues(base.inference!, tokens, threads),
  };
  const ofBase = (parameter: { readonly name: string }) => {
    const own = byName.get(parameter.name);
    return own && base.tensor ? base.tensor(own) : null;
  };
  const weights = await initialVector(layout, adapter, config.layers, ofBase, origin);
  return { weights, first: new Float32Array(layout.total), second: new Float32Array(layout.total), step: 0 };
}

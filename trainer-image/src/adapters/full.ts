import type { AdaptedModel, Adapter } from './adapter.ts';

/** Full fine-tuning and pretraining: every tensor of the model is trained. */
export function full(_options: object, { parameters }: AdaptedModel): Adapter {
  return {
    trainable: parameters,
    linear: (_ops, _weight, _layer, _x, y) => y,
    merge: (parameter, base, trained) => trained(parameter.name) ?? base,
    peftConfig: () => null,
  };
}

import type { AdaptedModel, Adapter } from './adapter.ts';

/** Full fine-tuning and pretraining: every tensor of the model is trained. */
export function full(_options: object, { family, config }: AdaptedModel): Adapter {
  return {
    trainable: family.parameters(config),
    merge: (parameter, base, trained) => trained(parameter.name) ?? base,
    peftConfig: () => null,
  };
}

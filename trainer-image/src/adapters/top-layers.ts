import { TrainerError } from '../errors.ts';
import type { AdaptedModel, Adapter } from './adapter.ts';
import { layerOf } from './target-modules.ts';

export interface TopLayersOptions {
  readonly count: number;
  readonly from: 'Last' | 'First';
  readonly finalNorm: boolean;
  readonly head: boolean;
}

/**
 * Some layers of the model alone, at its end or its beginning, and what follows the last one where asked for; all
 * others are frozen and none of their gradients is computed. A head that is tied is the token embedding as well.
 */
export function topLayers({ count, from, finalNorm, head }: TopLayersOptions, model: AdaptedModel): Adapter {
  const { family, config } = model;
  if (count > config.layers)
    throw new TrainerError(
      'ModelIncompatible',
      `method.topLayers.count is ${count}, but the base has ${config.layers} layers; write at most that, or method: {full: {}}.`,
    );
  const first = from === 'Last' ? config.layers - count : 0;
  const parameters = family.parameters(config);
  const end = parameters.findLastIndex(({ name }) => layerOf(name) !== null);
  const headWeight = family.headWeight(config);
  return {
    trainable: parameters.filter(({ name, kind }, index) => {
      const layer = layerOf(name);
      if (layer !== null) return layer >= first && layer < first + count;
      if (name === headWeight) return head;
      return finalNorm && index > end && (kind === 'norm' || kind === 'bias');
    }),
    merge: (parameter, base, trained) => trained(parameter.name) ?? base,
    peftConfig: () => null,
  };
}

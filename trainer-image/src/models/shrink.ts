import { TrainerError } from '../errors.ts';
import type { ModelConfig } from './family.ts';

/** A smaller model made of a larger one's tensors. */
export interface ShrunkModel {
  readonly config: ModelConfig;
  /** The tensor of the larger model that the named one begins as. */
  readonly source: (name: string) => string;
}

/**
 * The embeddings of a model and `layers` of its layers, evenly spread with the first and the last among them, at the
 * same width; six of twelve are 0 2 4 7 9 11, as DistilBERT has them (Sanh et al., 2019).
 */
export function shrinkModel(config: ModelConfig, layers: number): ShrunkModel {
  if (layers >= config.layers)
    throw new TrainerError(
      'InvalidSpec',
      `student.shrink.layers is ${layers}, but the teacher has only ${config.layers} layers; write at most ${config.layers - 1}.`,
    );
  const kept = keptLayers(config.layers, layers);
  return {
    config: { ...config, layers },
    source: (name) => name.replace(/\.(\d+)\./, (_, layer: string) => `.${kept[Number(layer)]}.`),
  };
}

/** Which layers of `all` are kept, in order. */
export function keptLayers(all: number, count: number): readonly number[] {
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, i) => Math.round((i * (all - 1)) / (count - 1)));
}

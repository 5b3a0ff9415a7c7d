import { architectures } from '@wikigpt/schema/catalog.ts';
import type { ModelSizes } from '@wikigpt/schema/model-sizes.ts';
import type { ModelConfig } from './family.ts';

/** A model's sizes as a job's status has them; nothing for a family that the API does not name. */
export function modelSizes(config: ModelConfig): ModelSizes | undefined {
  const architecture = architectures.find((name) => name === config.modelType);
  if (architecture === undefined) return undefined;
  const { layers, hidden, heads, kvHeads, headDim, intermediate, context, vocabulary, tieEmbeddings } = config;
  return { architecture, layers, hidden, heads, kvHeads, headDim, intermediate, context, vocabulary, tieEmbeddings };
}

import { families } from '../models/index.ts';
import type { ScratchSizes } from '../models/family.ts';
import { createRandom } from '../random.ts';
import type { InferenceModel } from './decode-graph.ts';

/** A model of random weights, for tests and benches: every tensor is noise, so that none of them can be left out unseen. */
export function randomModel(
  name: keyof typeof families,
  sizes: ScratchSizes,
  vocabulary: number,
  seed = 1,
): InferenceModel & { readonly weights: ReadonlyMap<string, Float32Array> } {
  const family = families[name];
  const config = family.fromScratch(sizes, vocabulary);
  const random = createRandom(seed);
  const weights = new Map(
    family.parameters(config).map(({ name, shape, kind }) => {
      const centre = kind === 'norm' ? 1 : 0;
      const length = shape.reduce((product, size) => product * size, 1);
      return [name, Float32Array.from({ length }, () => centre + 0.2 * random.normal())];
    }),
  );
  return { family, config, weights, weight: (name) => weights.get(name)! };
}

import type { Adapter, Origin } from '../adapters/adapter.ts';
import { initialWeights } from '../initial-weights.ts';
import type { Parameter } from '../models/family.ts';
import { viewOf, type FlatLayout } from '../optim/flat-layout.ts';

/**
 * The vector that training starts from, `[layout.total]`: tensors of the base as `ofBase` gives them, those of an
 * adapter as it makes them, all others drawn.
 */
export async function initialVector(
  layout: FlatLayout,
  adapter: Adapter,
  layers: number,
  ofBase: (parameter: Parameter) => Promise<Float32Array> | null,
  origin: Origin,
): Promise<Float32Array> {
  const weights = new Float32Array(layout.total);
  for (const entry of layout.entries) {
    const { parameter } = entry;
    const given = (await ofBase(parameter)) ?? (await adapter.initial?.(parameter, origin));
    viewOf(weights, entry).set(given ?? initialWeights(parameter, layers, origin.random));
  }
  return weights;
}

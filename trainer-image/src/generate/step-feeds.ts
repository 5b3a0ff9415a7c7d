import type { ModelConfig } from '../models/family.ts';
import { floatTensor, intTensor, type Tensor } from '../runtime/tensor.ts';
import { masked } from './decode-graph.ts';

/** New tokens of one sequence, of which `past` tokens are already in the cache. */
export interface Span {
  readonly tokens: readonly number[];
  readonly past: number;
}

/** The inputs of the decode graph that describe a batch of spans; see decode-graph.ts for their shapes. */
export function stepFeeds(
  spans: readonly Span[],
  { heads, kvHeads }: Pick<ModelConfig, 'heads' | 'kvHeads'>,
  capacity: number,
): Record<string, Tensor> {
  const batch = spans.length;
  const span = Math.max(...spans.map(({ tokens }) => tokens.length));
  const layout = new BigInt64Array(batch * span);
  const places: number[] = [];
  const positions: number[] = [];
  const cacheMask = new Float32Array(batch * capacity).fill(masked);
  for (const [b, { tokens, past }] of spans.entries()) {
    cacheMask.fill(0, b * capacity, b * capacity + past);
    for (let i = 0; i < tokens.length; i++) {
      layout[b * span + i] = BigInt(places.length);
      places.push(b * span + i);
      positions.push(past + i);
    }
  }
  return {
    tokens: intTensor(spans.flatMap(({ tokens }) => tokens)),
    positions: intTensor(positions),
    places: intTensor(places),
    layout: intTensor(layout, [batch, span]),
    causalMask: causalMask(span, heads / kvHeads),
    cacheMask: floatTensor(cacheMask, [batch, 1, 1, capacity]),
  };
}

/** `[group * span, span]`; padding stands behind the real tokens, so causality hides it from them. */
function causalMask(span: number, group: number): Tensor {
  const mask = new Float32Array(group * span * span);
  for (let row = 0; row < group * span; row++) mask.fill(masked, row * span + (row % span) + 1, (row + 1) * span);
  return floatTensor(mask, [group * span, span]);
}

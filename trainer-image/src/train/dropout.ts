import type { AdapterContext, Dropout } from '../adapters/adapter.ts';
import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import { createRunRandom, type RunKey } from '../random.ts';
import type { Tensor } from '../runtime/tensor.ts';

const words = 2 ** 32;

/**
 * Inverted dropout (Srivastava et al., 2014). An element is kept where the 32-bit number a·c + b, wrapping
 * around, is above a threshold: a (odd) and b drawn for its row, c for its column, anew for each layer and run. Such
 * numbers are pairwise independent but for the lowest bits (Carter and Wegman, 1979; Dietzfelbinger et al., 1997), and
 * drawing them costs rows + columns, not rows · columns.
 */
export function dropoutInputs(ops: Ops, { rate, sites }: Dropout, rows: number): AdapterContext['drop'] {
  const [count, widths] = [sites.length, sites.map(({ width }) => width)];
  const rowWords = (name: string): Value[] =>
    ops.split(
      ops.input(name, 'int32', [count * rows]),
      0,
      widths.map(() => rows),
    );
  const [factors, offsets] = [rowWords('dropoutFactors'), rowWords('dropoutOffsets')];
  const total = widths.reduce((sum, width) => sum + width, 0);
  const columns = ops.split(ops.input('dropoutColumns', 'int32', [total]), 0, widths);
  const index = new Map(sites.map(({ layer }, i) => [layer, i]));
  // Signed numbers lie evenly around zero.
  const threshold = Math.max(0, Math.round(rate * words) - 1) - words / 2;
  return (layer, x) => {
    const i = index.get(layer)!;
    const mixed = ops.mul(ops.reshape(factors[i]!, [rows, 1]), ops.reshape(columns[i]!, [1, widths[i]!]));
    const dropped = ops.lessOrEqual(ops.add(mixed, ops.reshape(offsets[i]!, [rows, 1])), threshold);
    return { x: ops.where(dropped, 0, x), scale: 1 / (1 - rate) };
  };
}

/** The numbers of one run for those inputs. */
export function dropoutFeeds({ sites }: Dropout, rows: number, key: RunKey): Record<string, Tensor> {
  const random = createRunRandom(key);
  const draw = (length: number, bits: number): Tensor => ({
    dtype: 'int32',
    shape: [length],
    data: Int32Array.from({ length }, () => (random.uniform() * words) | bits),
  });
  return {
    dropoutFactors: draw(sites.length * rows, 1),
    dropoutOffsets: draw(sites.length * rows, 0),
    dropoutColumns: draw(
      sites.reduce((sum, { width }) => sum + width, 0),
      0,
    ),
  };
}

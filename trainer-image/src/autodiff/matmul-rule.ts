import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import { asRows } from './row-sums.ts';
import type { VjpRule } from './vjp.ts';

/** Gradients of `alpha · op(a) · op(b)` are products too: the transposes change sides and most are never built. */
export const matmulRule: VjpRule = ({ ops, x, g, attributes }) => {
  const [a, b] = x as [Value, Value];
  const transA = attributes['transA'] === 1;
  const transB = attributes['transB'] === 1;
  const scale = attributes['alpha'];
  const alpha = typeof scale === 'object' && 'float' in scale ? scale.float : 1;
  return [
    () =>
      transA ? ops.matmul(b, g, { transA: transB, transB: true, alpha }) : ops.matmul(g, b, { transB: !transB, alpha }),
    () => {
      if (transA) return transB ? ops.matmul(g, a, { transA: true, transB: true, alpha }) : ops.matmul(a, g, { alpha });
      // One large product over all rows instead of one per batch entry and a sum.
      const flat = b.shape.length === 2 && a.shape.length > 2;
      const [left, upstream] = flat ? [asRows(ops, a), asRows(ops, g)] : [a, g];
      return transB ? transposedProduct(ops, upstream, left, alpha) : transposedProduct(ops, left, upstream, alpha);
    },
  ];
};

/**
 * `alpha · aᵀ · b`. The kernel transposes `a` anew for every 128 columns of `b`, so for wide enough `b` it is faster to
 * transpose once before (measured over 1024 and 4096 rows: up to a fifth, 384 columns against 1536); a wide `a`
 * is slow to transpose, on one thread only, and left to the kernel.
 */
function transposedProduct(ops: Ops, a: Value, b: Value, alpha: number): Value {
  const [rows, width] = a.shape;
  const columns = b.shape[1];
  const worthIt =
    a.shape.length === 2 &&
    typeof rows === 'number' &&
    typeof width === 'number' &&
    typeof columns === 'number' &&
    width <= 1024 &&
    columns >= 256;
  if (!worthIt) return ops.matmul(a, b, { transA: true, alpha });
  // The runtime fuses a bare transpose back into the product; behind a reshape it does not see it.
  const turned = ops.transpose(ops.reshape(a, [1, rows, width]), [0, 2, 1]);
  return ops.matmul(ops.reshape(turned, [width, rows]), b, { alpha });
}

import type { Value } from '../onnx/value.ts';
import { asRows } from './row-sums.ts';
import type { VjpRule } from './vjp.ts';

/** Gradients of `alpha · op(a) · op(b)` are products too: the transposes change sides and are never built. */
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
      // One large product over all rows instead of one per batch entry and a sum.
      const flat = b.shape.length === 2 && a.shape.length > 2 && !transA;
      const [left, upstream] = flat ? [asRows(ops, a), asRows(ops, g)] : [a, g];
      return transB
        ? ops.matmul(upstream, left, { transA: true, transB: transA, alpha })
        : ops.matmul(left, upstream, { transA: !transA, alpha });
    },
  ];
};

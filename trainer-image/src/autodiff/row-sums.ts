import type { Ops } from '../onnx/ops.ts';
import { elementCount } from '../onnx/shapes.ts';
import type { Value } from '../onnx/value.ts';

// Sums over a matrix are written as products with a vector, without transposes and scales: this is the form that the
// CPU kernel treats specially. Measured on [1024, 384]: 0.03 ms, a reduction over rows 0.06 ms, a transposed product 0.20 ms.

/** x `[..., width]` as `[rows, width]`. */
export function asRows(ops: Ops, x: Value): Value {
  return ops.reshape(x, [elementCount(x.shape.slice(0, -1)) ?? 'rows', x.shape.at(-1)!]);
}

/** Σ over rows of `factors[row] · x[row]`, `[1, width]`; without factors they are all one. */
export function sumOfRows(ops: Ops, x: Value, factors?: Value): Value {
  const rows = asRows(ops, x);
  const count = rows.shape[0]!;
  return ops.matmul(factors ? ops.reshape(factors, [1, count]) : ops.constant(1, [1, Number(count)]), rows);
}

/** The dot product of each row of x `[..., width]` with `vector` `[width]`: `[..., 1]`. */
export function dotWithRows(ops: Ops, x: Value, vector: Value): Value {
  const product = ops.matmul(asRows(ops, x), ops.reshape(vector, [vector.shape[0]!, 1]));
  return ops.reshape(product, [...x.shape.slice(0, -1), 1]);
}

import type { Ops } from '../onnx/ops.ts';
import { elementCount } from '../onnx/shapes.ts';
import type { Value } from '../onnx/value.ts';
import { shared, type VjpRule } from './vjp.ts';

// Sums over rows or columns are written as products with a vector: the matrix kernel reads the large operand once,
// where a multiplication and a reduction would write and read it again.

/** x as `[rows, width]`. */
function rows(ops: Ops, x: Value): Value {
  return ops.reshape(x, [elementCount(x.shape.slice(0, -1)) ?? 'rows', x.shape.at(-1)!]);
}

/** x as `[n, 1]`. */
function column(ops: Ops, x: Value): Value {
  return ops.reshape(x, [elementCount(x.shape) ?? 'rows', 1]);
}

/**
 * y = x·r·w with r = 1/sqrt(mean(x²) + ε):
 * dx = g·w·r − x·r³·mean(g·w·x), dw = Σ over rows of g·x·r.
 */
export const rmsNormRule: VjpRule = ({ ops, x, y, g }) => {
  const [input, weight] = x as [Value, Value];
  const inverse = y[1]!;
  const width = Number(weight.shape[0]);
  const gx = shared(() => rows(ops, ops.mul(g, input)));
  return [
    () => {
      const mean = ops.reshape(ops.matmul(gx(), column(ops, weight), { alpha: 1 / width }), inverse.shape);
      const factor = ops.mul(mean, ops.mul(inverse, ops.mul(inverse, inverse)));
      return ops.sub(ops.mul(ops.mul(g, weight), inverse), ops.mul(input, factor));
    },
    () => ops.reshape(ops.matmul(gx(), column(ops, inverse), { transA: true }), weight.shape),
  ];
};

/**
 * y = n·w + b with n = (x − mean)·r:
 * dx = r·(g·w − mean(g·w) − n·mean(g·w·n)), dw = Σ over rows of g·n, db = Σ over rows of g.
 */
export const layerNormRule: VjpRule = ({ ops, x, y, g }) => {
  const [input, weight, bias] = x as [Value, Value, Value];
  const [, mean, inverse] = y as [Value, Value, Value];
  const width = Number(weight.shape[0]);
  const count = elementCount(inverse.shape);
  const normal = shared(() => ops.mul(ops.sub(input, mean), inverse));
  const gn = shared(() => rows(ops, ops.mul(g, normal())));
  const overRows = (value: Value): Value =>
    count === null
      ? ops.reshape(ops.reduceSum(value, [0]), weight.shape)
      : ops.reshape(ops.matmul(value, ops.constant(1, [count, 1]), { transA: true }), weight.shape);
  return [
    () => {
      const meanOf = (value: Value): Value =>
        ops.reshape(ops.matmul(value, column(ops, weight), { alpha: 1 / width }), inverse.shape);
      const centre = ops.sub(ops.mul(g, weight), meanOf(rows(ops, g)));
      return ops.mul(ops.sub(centre, ops.mul(normal(), meanOf(gn()))), inverse);
    },
    () => overRows(gn()),
    () => ops.reshape(overRows(rows(ops, g)), bias.shape),
  ];
};

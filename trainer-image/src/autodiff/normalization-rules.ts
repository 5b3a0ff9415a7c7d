import type { Value } from '../onnx/value.ts';
import { dotWithRows, sumOfRows } from './row-sums.ts';
import { shared, type VjpRule } from './vjp.ts';

/**
 * y = x·r·w with r = 1/sqrt(mean(x²) + ε):
 * dx = g·w·r − x·r³·mean(g·w·x), dw = Σ over rows of g·x·r.
 */
export const rmsNormRule: VjpRule = ({ ops, x, y, g }) => {
  const [input, weight] = x as [Value, Value];
  const inverse = y[1]!;
  const gx = shared(() => ops.mul(g, input));
  return [
    () => {
      const mean = ops.mul(dotWithRows(ops, gx(), weight), 1 / Number(weight.shape[0]));
      const factor = ops.mul(mean, ops.mul(inverse, ops.mul(inverse, inverse)));
      return ops.sub(ops.mul(ops.mul(g, weight), inverse), ops.mul(input, factor));
    },
    () => ops.reshape(sumOfRows(ops, gx(), inverse), weight.shape),
  ];
};

/**
 * y = n·w + b with n = (x − mean)·r:
 * dx = g·w·r − (n·r·mean(g·w·n) + r·mean(g·w)), dw = Σ over rows of g·n, db = Σ over rows of g.
 */
export const layerNormRule: VjpRule = ({ ops, x, y, g }) => {
  const [input, weight] = x as [Value, Value, Value];
  const [, mean, inverse] = y as [Value, Value, Value];
  const normal = shared(() => ops.mul(ops.sub(input, mean), inverse));
  const gn = shared(() => ops.mul(g, normal()));
  return [
    () => {
      const scale = ops.mul(inverse, 1 / Number(weight.shape[0]));
      const slope = ops.mul(dotWithRows(ops, gn(), weight), scale);
      const offset = ops.mul(dotWithRows(ops, g, weight), scale);
      return ops.sub(ops.mul(ops.mul(g, weight), inverse), ops.add(ops.mul(normal(), slope), offset));
    },
    () => ops.reshape(sumOfRows(ops, gn()), weight.shape),
    () => ops.reshape(sumOfRows(ops, g), weight.shape),
  ];
};

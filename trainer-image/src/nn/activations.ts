import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';

/** SwiGLU (Shazeer, 2020): silu(gate) * up; its own reverse rule reuses the sigmoid of the forward pass. */
export function swiglu(ops: Ops, gate: Value, up: Value): Value {
  let sigmoid: Value, silu: Value;
  const [y] = ops.customGradient(
    [gate, up],
    () => {
      sigmoid = ops.sigmoid(gate);
      silu = ops.mul(gate, sigmoid);
      return [ops.mul(silu, up)];
    },
    (g, [dy]) => {
      if (!dy) return [null, null];
      // d silu = sigmoid + silu * (1 - sigmoid)
      const slope = g.add(sigmoid, g.mul(silu, g.sub(g.constant(1), sigmoid)));
      return [g.mul(g.mul(dy, up), slope), g.mul(dy, silu)];
    },
  );
  return y!;
}

const rootTwoOverPi = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** GELU by its tanh approximation (Hendrycks and Gimpel, 2016), GPT-2's `gelu_new`. */
export function geluTanh(ops: Ops, x: Value): Value {
  let square: Value, tanh: Value, half: Value;
  const [y] = ops.customGradient(
    [x],
    () => {
      square = ops.mul(x, x);
      const inner = ops.mul(
        x,
        ops.add(ops.mul(square, ops.constant(rootTwoOverPi * cubic)), ops.constant(rootTwoOverPi)),
      );
      tanh = ops.tanh(inner);
      half = ops.mul(x, ops.constant(0.5));
      return [ops.mul(half, ops.add(tanh, ops.constant(1)))];
    },
    (g, [dy]) => {
      if (!dy) return [null];
      const dInner = g.add(g.mul(square, g.constant(3 * rootTwoOverPi * cubic)), g.constant(rootTwoOverPi));
      const dTanh = g.sub(g.constant(1), g.mul(tanh, tanh));
      const slope = g.add(g.mul(g.add(tanh, g.constant(1)), g.constant(0.5)), g.mul(g.mul(half, dTanh), dInner));
      return [g.mul(dy, slope)];
    },
  );
  return y!;
}

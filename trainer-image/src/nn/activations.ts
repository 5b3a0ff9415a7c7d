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

// Twice the inner polynomial of the approximation: 2 √(2/π) (x + 0.044715 x³).
const linear = 2 * Math.sqrt(2 / Math.PI);
const cubic = linear * 0.044715;

/**
 * GELU by its tanh approximation (Hendrycks and Gimpel, 2016), GPT-2's `gelu_new`, written with a sigmoid:
 * ½ (1 + tanh u) = σ(2u), which needs a third fewer passes over x.
 */
export function geluTanh(ops: Ops, x: Value): Value {
  let square: Value, sigmoid: Value, y: Value;
  const [result] = ops.customGradient(
    [x],
    () => {
      square = ops.mul(x, x);
      sigmoid = ops.sigmoid(ops.mul(x, ops.add(ops.mul(square, cubic), linear)));
      y = ops.mul(x, sigmoid);
      return [y];
    },
    (g, [dy]) => {
      if (!dy) return [null];
      const inner = g.add(g.mul(square, 3 * cubic), linear);
      const slope = g.add(sigmoid, g.mul(g.mul(y, g.sub(1, sigmoid)), inner));
      return [g.mul(dy, slope)];
    },
  );
  return result!;
}

/** GELU itself (Hendrycks and Gimpel, 2016): x Φ(x) = ½ x (1 + erf(x / √2)). */
export function geluErf(ops: Ops, x: Value): Value {
  return ops.mul(ops.mul(x, 0.5), ops.add(ops.erf(ops.mul(x, Math.SQRT1_2)), 1));
}

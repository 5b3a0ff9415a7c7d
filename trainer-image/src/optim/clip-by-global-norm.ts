import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';

/** Scales a flat gradient so that its norm is at most `limit` (Pascanu et al., 2013); also returns the norm before that. */
export function clipByGlobalNorm(ops: Ops, gradient: Value, limit: number): { clipped: Value; norm: Value } {
  const norm = ops.sqrt(ops.reduceSum(ops.mul(gradient, gradient), [0], false));
  if (limit <= 0) return { clipped: gradient, norm };
  // The small number keeps a zero gradient at zero, as torch.nn.utils.clip_grad_norm_ has it.
  const scale = ops.min(ops.constant(1), ops.div(ops.constant(limit), ops.add(norm, ops.constant(1e-6))));
  return { clipped: ops.mul(gradient, scale), norm };
}

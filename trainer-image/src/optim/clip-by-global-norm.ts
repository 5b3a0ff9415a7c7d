import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';

/**
 * What to multiply a flat summed gradient `[total]` by, so that it becomes a mean whose norm is at most `limit`
 * (Pascanu et al., 2013); also the norm of the mean before clipping. A limit of 0 or less never clips.
 */
export function clipByGlobalNorm(
  ops: Ops,
  summed: Value,
  inverseCount: Value,
  limit: number,
): { scale: Value; norm: Value } {
  const norm = ops.mul(ops.sqrt(ops.reduceSum(ops.mul(summed, summed), [0], false)), inverseCount);
  if (limit <= 0) return { scale: inverseCount, norm };
  // The small number keeps a zero gradient at zero, as torch.nn.utils.clip_grad_norm_ has it.
  const factor = ops.min(ops.constant(1), ops.div(ops.constant(limit), ops.add(norm, ops.constant(1e-6))));
  return { scale: ops.mul(inverseCount, factor), norm };
}

import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';
import type { LoraLayer } from './lora-layers.ts';

/**
 * Length `[out]` of each row of W + s·BA; no gradient flows through it, as in the paper (4.3). By
 * ‖W + s·BA‖² = ‖W‖² + 2s·(WAᵀ∘B)·1 + s²·(BAAᵀ∘B)·1 nothing of size `[out, in]` is built but W's own square, which the
 * runtime computes once, since W is constant.
 */
export function lengthsOfSum(ops: Ops, layer: LoraLayer, w: Value, a: Value, b: Value): Value {
  const { parameter, out, scale } = layer;
  const transposed = parameter.transposed === true;
  const [lengths] = ops.customGradient(
    [a, b],
    () => {
      const own = ops.reshape(ops.reduceSum(ops.mul(w, w), [transposed ? 0 : 1]), [out]);
      const crossed = ops.matmul(w, a, { transA: transposed, transB: true, alpha: 2 * scale });
      const squared = ops.matmul(b, ops.matmul(a, a, { transB: true }), { alpha: scale * scale });
      const change = ops.reshape(ops.reduceSum(ops.mul(ops.add(crossed, squared), b), [1]), [out]);
      return [ops.sqrt(ops.add(own, change))];
    },
    () => [null, null],
  );
  return lengths!;
}

/** Length of each row of a matrix, however it is stored. */
export function rowNorms(matrix: Float32Array, layer: LoraLayer): Float32Array {
  const sums = new Float64Array(layer.out);
  eachElement(layer, (index, row) => (sums[row]! += matrix[index]! ** 2));
  return Float32Array.from(sums, Math.sqrt);
}

/** The matrix with its rows brought to the given lengths, in place. */
export function withRowNorms(matrix: Float32Array, layer: LoraLayer, wanted: Float32Array): Float32Array {
  const found = rowNorms(matrix, layer);
  eachElement(layer, (index, row) => (matrix[index]! *= wanted[row]! / found[row]!));
  return matrix;
}

function eachElement({ parameter, out, into }: LoraLayer, visit: (index: number, row: number) => void): void {
  for (let index = 0; index < out * into; index++)
    visit(index, parameter.transposed ? index % out : Math.floor(index / into));
}

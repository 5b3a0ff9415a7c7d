import type { Ops } from '../onnx/ops.ts';
import type { Value } from '../onnx/value.ts';

/** What a model family asks of its surroundings, so that training, decoding and adapters share one description of the network. */
export interface ForwardContext {
  readonly ops: Ops;
  weight(name: string): Value;
  /** `[rows, in]` → `[rows, out]`: the named layer with its bias and whatever an adapter adds to it. */
  linear(name: string, x: Value): Value;
  /** Queries `[rows, heads * headDim]`, keys and values `[rows, kvHeads * headDim]`, before rotation → `[rows, heads * headDim]`. */
  attend(layer: number, q: Value, k: Value, v: Value): Value;
  /** Is shown the states `[rows, hidden]` after the embedding (0) and after each layer (from 1). */
  observe?(layer: number, states: Value): void;
}

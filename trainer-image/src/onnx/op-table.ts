/** What an operator of the graph is: its ONNX domain and how many inputs and outputs a node of it may have. */
export interface OpSignature {
  readonly domain: '' | 'com.microsoft';
  readonly inputs: readonly [least: number, most: number];
  readonly outputs: readonly [least: number, most: number];
}

const unary: OpSignature = { domain: '', inputs: [1, 1], outputs: [1, 1] };
const binary: OpSignature = { domain: '', inputs: [2, 2], outputs: [1, 1] };
const ternary: OpSignature = { domain: '', inputs: [3, 3], outputs: [1, 1] };
const variadic: OpSignature = { domain: '', inputs: [1, Infinity], outputs: [1, 1] };

/** Every operator the builder can emit; a test proves that the shipped runtime has a CPU kernel for each. */
export const opTable = {
  Add: binary,
  Sub: binary,
  Mul: binary,
  Div: binary,
  Max: binary,
  Min: binary,
  Neg: unary,
  Exp: unary,
  Log: unary,
  Sqrt: unary,
  Reciprocal: unary,
  Tanh: unary,
  Sigmoid: unary,
  Erf: unary,
  Abs: unary,
  Identity: unary,
  Where: ternary,
  Equal: binary,
  LessOrEqual: binary,
  And: binary,
  Not: unary,
  IsNaN: unary,
  Cast: unary,
  ReduceSum: binary,
  ReduceMean: binary,
  ReduceMax: binary,
  ArgMax: unary,
  TopK: { domain: '', inputs: [2, 2], outputs: [2, 2] },
  Sum: variadic,
  Shape: unary,
  Reshape: binary,
  Transpose: unary,
  Slice: { domain: '', inputs: [4, 4], outputs: [1, 1] },
  Pad: { domain: '', inputs: [4, 4], outputs: [1, 1] },
  Split: { domain: '', inputs: [2, 2], outputs: [1, Infinity] },
  Concat: variadic,
  Expand: binary,
  Gather: binary,
  GatherElements: binary,
  ScatterElements: ternary,
  ScatterND: ternary,
  Unique: { domain: '', inputs: [1, 1], outputs: [1, 4] },
  MatMul: binary,
  FusedMatMul: { domain: 'com.microsoft', inputs: [2, 2], outputs: [1, 1] },
  Softmax: unary,
  LogSoftmax: unary,
  SimplifiedLayerNormalization: { domain: '', inputs: [2, 2], outputs: [1, 2] },
  LayerNormalization: { domain: '', inputs: [3, 3], outputs: [1, 3] },
  RotaryEmbedding: { domain: 'com.microsoft', inputs: [4, 4], outputs: [1, 1] },
  GroupQueryAttention: { domain: 'com.microsoft', inputs: [7, 9], outputs: [3, 3] },
} as const satisfies Record<string, OpSignature>;

export type OpName = keyof typeof opTable;

/** How many of a node's `count` results must be there; those after them are statistics that nobody has to ask for. */
export function requiredResults(op: OpName, count: number): number {
  const [least, most] = opTable[op].outputs;
  return most === Infinity ? count : least;
}

export type DType = 'float32' | 'int64' | 'int32' | 'uint8' | 'int8' | 'bool';

/** A number, or a name for a size known only when the graph runs (inference graphs only). */
export type Dim = number | string;

export type TensorData = Float32Array | BigInt64Array | Int32Array | Uint8Array | Int8Array;

/** A typed edge of the graph; values are immutable and unique by name. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

export type Attribute = number | string | readonly number[] | { readonly float: number };

export interface GraphNode<Op extends string = string> {
  readonly op: Op;
  readonly name: string;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly (Value | null)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Bytes of a tensor that stay in a file beside the model, in little-endian order; `location` is relative to the model. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export interface Initializer {
  readonly value: Value;
  readonly data: TensorData | ExternalData;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly { readonly name: string; readonly value: Value }[];
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
}

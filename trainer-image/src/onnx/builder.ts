import type { OpName } from './op-table.ts';
import type { Attribute, Dim, DType, ExternalData, Graph, GraphNode, TensorData, Value } from './value.ts';

/** The shape and dtype of one result of a node. */
export interface Result {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** The part of the builder that every group of operators stands on. */
export interface Builder {
  input(name: string, dtype: DType, shape: readonly Dim[]): Value;
  /** A named tensor of the model: data in memory or bytes of a file beside the model. */
  initializer(name: string, dtype: DType, shape: readonly number[], data: TensorData | ExternalData): Value;
  /** A cached constant: a number fills `shape` (default: a scalar); a list is int64 and an array has its own dtype, both one-dimensional unless `shape` is given. */
  constant(value: number | readonly number[] | TensorData, shape?: readonly number[], dtype?: DType): Value;
  /** Makes `value` a result of the graph under `name`. */
  output(name: string, value: Value): void;
  /** Names of nodes built inside `build` start with `label/`. */
  scope<T>(label: string, build: () => T): T;
  /** What has been built: only the nodes and initializers that an output depends on, all of the inputs. */
  graph(): Graph;
  /** Every node so far, in order of emission, which is a topological order. */
  readonly nodes: readonly GraphNode<OpName>[];
  /** Appends one node; a null result is not asked for. Prefer the typed operators. */
  emit(
    op: OpName,
    inputs: readonly (Value | null)[],
    results: readonly (Result | null)[],
    attributes?: Readonly<Record<string, Attribute>>,
  ): (Value | null)[];
}

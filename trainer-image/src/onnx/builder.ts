import { TrainerError } from '../errors.ts';
import { createConstants } from './constants.ts';
import { inferResults } from './infer.ts';
import type { OpName } from './op-table.ts';
import { prune } from './prune.ts';
import type { Attribute, Dim, DType, ExternalData, Graph, GraphNode, Initializer, TensorData, Value } from './value.ts';

/** The part of the builder that every group of operators stands on. */
export interface Builder {
  readonly input: (name: string, dtype: DType, shape: readonly Dim[]) => Value;
  /** A named tensor of the model: data in memory or bytes of a file beside the model. */
  readonly initializer: (
    name: string,
    dtype: DType,
    shape: readonly number[],
    data: TensorData | ExternalData,
  ) => Value;
  /** A cached constant: a number fills `shape` (default: a scalar); a list is int64 and an array has its own dtype, both one-dimensional unless `shape` is given. */
  readonly constant: (
    value: number | readonly number[] | TensorData,
    shape?: readonly number[],
    dtype?: DType,
  ) => Value;
  /** The numbers of a small int64 constant, undefined for any other value. */
  readonly numbersOf: (value: Value) => readonly number[] | undefined;
  /** Makes `value` a result of the graph under `name`. */
  readonly output: (name: string, value: Value) => void;
  /** Names of nodes built inside `build` start with `label/`. */
  readonly scope: <T>(label: string, build: () => T) => T;
  /** Nodes built inside `build` read the second of each pair where they were given the first. */
  readonly substitute: <T>(pairs: ReadonlyMap<Value, Value>, build: () => T) => T;
  /** What has been built: only the nodes and initializers that an output depends on, and all inputs. */
  readonly graph: () => Graph;
  /** Every node so far, in order of emission, which is a topological order. */
  readonly nodes: readonly GraphNode<OpName>[];
  /** Every graph input so far. */
  readonly inputs: readonly Value[];
  /** Appends one node and infers its results; `claimed` gives the result shapes that inputs alone do not tell. Prefer the typed operators. */
  readonly emit: (
    op: OpName,
    inputs: readonly Value[],
    attributes?: Readonly<Record<string, Attribute>>,
    claimed?: readonly (readonly Dim[])[],
  ) => Value[];
  /** The same for an operator with one result. */
  readonly emitOne: (
    op: OpName,
    inputs: readonly Value[],
    attributes?: Readonly<Record<string, Attribute>>,
    claimed?: readonly Dim[],
  ) => Value;
}

/** The bookkeeping of one graph: unique names, scopes, constants, nodes. */
export function createBuilder(name: string): Builder {
  const inputs: Value[] = [];
  const nodes: GraphNode<OpName>[] = [];
  const initializers: Initializer[] = [];
  const outputs: { name: string; value: Value }[] = [];
  const taken = new Map<string, number>();
  const labels: string[] = [];
  let substitutes: ReadonlyMap<Value, Value> = new Map();

  function declare(exact: string): string {
    if (taken.has(exact))
      throw new TrainerError('GraphInvalid', `Graph ${name} has two values named ${exact}; give one another name.`);
    taken.set(exact, 1);
    return exact;
  }
  function fresh(wanted: string): string {
    let candidate = wanted;
    while (taken.has(candidate)) {
      const count = taken.get(wanted) ?? 1;
      taken.set(wanted, count + 1);
      candidate = `${wanted}_${count}`;
    }
    taken.set(candidate, 1);
    return candidate;
  }

  const constants = createConstants((label, dtype, shape, data) => {
    const value: Value = { name: fresh(label), dtype, shape };
    initializers.push({ value, data });
    return value;
  });

  function emit(
    op: OpName,
    given: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
    claimed: readonly (readonly Dim[])[] = [],
  ): Value[] {
    const nodeInputs = substitutes.size === 0 ? given : given.map((value) => substitutes.get(value) ?? value);
    const nodeName = fresh([...labels, op].join('/'));
    const results = inferResults({ op, name: nodeName, inputs: nodeInputs, attributes, claimed }, constants.valueOf);
    const values = results.map(({ dtype, shape }, index) => ({
      name: index === 0 ? nodeName : fresh(`${nodeName}.${index}`),
      dtype,
      shape,
    }));
    nodes.push({ op, name: nodeName, inputs: nodeInputs, outputs: values, attributes });
    return values;
  }

  return {
    nodes,
    inputs,
    emit,
    emitOne(op, nodeInputs, attributes, claimed) {
      return emit(op, nodeInputs, attributes, claimed && [claimed])[0]!;
    },
    input(inputName, dtype, shape) {
      const value: Value = { name: declare(inputName), dtype, shape };
      inputs.push(value);
      return value;
    },
    initializer(initializerName, dtype, shape, data) {
      const value: Value = { name: declare(initializerName), dtype, shape };
      initializers.push({ value, data });
      return value;
    },
    constant(value, shape, dtype) {
      const small = constants.constant(value, shape, dtype);
      if ('value' in small) return small.value;
      return emit('Expand', [small.fill, constants.list(small.shape)], {}, [small.shape])[0]!;
    },
    numbersOf: constants.valueOf,
    output(outputName, value) {
      outputs.push({ name: declare(outputName), value });
    },
    scope(label, build) {
      labels.push(label);
      try {
        return build();
      } finally {
        labels.pop();
      }
    },
    substitute(pairs, build) {
      const outer = substitutes;
      substitutes = new Map([...outer, ...pairs]);
      try {
        return build();
      } finally {
        substitutes = outer;
      }
    },
    graph: () => prune({ name, inputs, outputs, nodes, initializers }),
  };
}

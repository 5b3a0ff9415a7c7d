import { TrainerError } from '../errors.ts';
import { type OpName, requiredResults } from '../onnx/op-table.ts';
import type { GradientGroup, Ops } from '../onnx/ops.ts';
import { elementCount, sameShape, shapeText } from '../onnx/shapes.ts';
import type { GraphNode, Value } from '../onnx/value.ts';
import { sumOfRows } from './row-sums.ts';
import { rules } from './rules.ts';
import type { Gradient, VjpRule } from './vjp.ts';

/**
 * Nodes `first` (included) to `end` (excluded) that go from `input` to `output` and are computed anew on the way back
 * (Chen et al., 2016): between the two passes nothing of them is kept.
 */
export interface Recomputed {
  readonly first: number;
  readonly end: number;
  readonly input: Value;
  readonly output: Value;
}

/** A node, or a group of nodes with a gradient of its own: one step of the walk. */
interface Step {
  readonly name: string;
  /** Place of its first node. */
  readonly first: number;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** The nodes of a group. */
  readonly inside: readonly GraphNode<OpName>[];
  /** Whether gradients may flow from results to inputs at all. */
  readonly flows: boolean;
  readonly gradients: (upstream: readonly (Value | null)[]) => readonly (Gradient | null)[];
}

/** The contributions to one value's gradient that were found so far. */
interface Contributions {
  readonly values: Value[];
  readonly onto: ((sum: Value | null) => Value)[];
}

/**
 * Appends the nodes that compute the gradient of the scalar `loss` with respect to each wanted value, and returns
 * these gradients; throws GraphInvalid for a wanted value that the loss does not depend on. What lies in a `recomputed`
 * stretch is computed a second time when the walk comes to it.
 */
export function grad(ops: Ops, loss: Value, wanted: readonly Value[], recomputed: readonly Recomputed[] = []): Value[] {
  if (elementCount(loss.shape) !== 1 || loss.dtype !== 'float32')
    throw new TrainerError(
      'GraphInvalid',
      `The gradient of ${loss.name}, ${loss.dtype} ${shapeText(loss.shape)}, was asked for; reduce it to one float32 first.`,
    );
  const steps = stepsOf(ops);
  const needed = neededValues(steps, wanted);
  const hidden = hiddenValues(steps, needed);

  const found = new Map<Value, Contributions>();
  const contribute = (value: Value, gradient: Gradient): void => {
    const contributions = found.get(value) ?? { values: [], onto: [] };
    found.set(value, contributions);
    if (typeof gradient === 'object') contributions.onto.push(gradient.onto);
    else contributions.values.push(unbroadcast(ops, gradient(), value));
  };
  const total = (value: Value): Value | null => {
    const contributions = found.get(value);
    if (!contributions) return null;
    const { values, onto } = contributions;
    let sum = values.length === 0 ? null : values.length === 2 ? ops.add(values[0]!, values[1]!) : ops.sum(values);
    for (const add of onto) sum = add(sum);
    found.set(value, { values: [sum!], onto: [] });
    return sum;
  };

  contribute(loss, () => ops.constant(1, loss.shape as readonly number[]));
  const again = new Map<Recomputed, ReadonlyMap<Value, Value>>();
  const substitutes = (step: Step): ReadonlyMap<Value, Value> => {
    const stretch = recomputed.find(({ first, end }) => first <= step.first && step.first < end);
    if (!stretch) return none;
    const known = again.get(stretch) ?? computeAgain(ops, stretch, total(stretch.output));
    again.set(stretch, known);
    return known;
  };
  for (const step of steps.toReversed()) {
    if (!step.outputs.some((output) => found.has(output))) continue;
    const lost = step.inputs.find((input) => hidden.has(input));
    if (lost)
      throw new TrainerError(
        'GraphInvalid',
        `${step.name} uses ${lost.name} from inside a gradient group; make it one of the group's outputs.`,
      );
    if (!step.inputs.some((input) => needed.has(input))) continue;
    const back = (): void => {
      const gradients = step.gradients(step.outputs.map(total));
      for (const [index, input] of step.inputs.entries()) {
        const gradient = gradients[index];
        if (gradient && needed.has(input)) contribute(input, gradient);
      }
    };
    const pairs = substitutes(step);
    ops.scope(`${step.name}/grad`, () => ops.substitute(pairs, back));
  }
  return wanted.map((value) => {
    const gradient = ops.scope(`${value.name}/grad`, () => total(value));
    if (gradient) return gradient;
    throw new TrainerError(
      'GraphInvalid',
      `The loss ${loss.name} does not depend on ${value.name}, so there is no gradient; leave it out of what is trained.`,
    );
  });
}

const none: ReadonlyMap<Value, Value> = new Map();

/**
 * Emits what depends on the input of a stretch once more, and pairs each value with its second computation. The input gets
 * zero times the gradient that has arrived: so it is computed after that gradient, and the runtime, which merges equal
 * nodes, finds none.
 */
function computeAgain(ops: Ops, { first, end, input, output }: Recomputed, arrived: Value | null): Map<Value, Value> {
  const pairs = new Map<Value, Value>();
  if (!arrived) return pairs;
  ops.scope(`${output.name}/again`, () => {
    pairs.set(input, ops.add(input, ops.mul(ops.slice(arrived, 0, 0, 1), 0)));
    for (const node of ops.nodes.slice(first, end)) {
      if (!node.inputs.some((value) => value && pairs.has(value))) continue;
      const [inputs, outputs] = [node.inputs, node.outputs] as [Value[], Value[]];
      const copies = ops.substitute(pairs, () =>
        ops.emit(
          node.op,
          inputs,
          node.attributes,
          outputs.map(({ shape }) => shape),
        ),
      );
      for (const [index, copy] of copies.entries()) pairs.set(outputs[index]!, copy);
    }
  });
  return pairs;
}

/** Nodes in order, those of an outermost gradient group as one. */
function stepsOf(ops: Ops): Step[] {
  const steps: Step[] = [];
  const groups = outermost(ops.groups);
  let next = 0;
  for (const group of groups) {
    const start = next;
    steps.push(...ops.nodes.slice(next, group.first).map((node, index) => nodeStep(ops, node, start + index)));
    if (group.end > group.first) steps.push(groupStep(ops, group));
    next = group.end;
  }
  const rest = next;
  steps.push(...ops.nodes.slice(rest).map((node, index) => nodeStep(ops, node, rest + index)));
  return steps;
}

const outermost = (groups: readonly GradientGroup[]): GradientGroup[] =>
  groups
    .filter((group) => !groups.some((other) => other !== group && other.first <= group.first && group.end <= other.end))
    .sort((a, b) => a.first - b.first);

function nodeStep(ops: Ops, node: GraphNode<OpName>, first: number): Step {
  const rule: VjpRule | 'no-gradient' | 'never-ask' = rules[node.op];
  const [inputs, outputs] = [node.inputs, node.outputs] as [Value[], Value[]];
  return {
    name: node.name,
    first,
    inputs,
    outputs,
    inside: [],
    flows: rule !== 'no-gradient',
    gradients(upstream) {
      // Statistics that a kernel returns beside its result are there for its own rule.
      const required = requiredResults(node.op, outputs.length);
      if (upstream.some((value, index) => value && index >= required))
        throw new TrainerError(
          'GraphInvalid',
          `A gradient reaches the statistics of ${node.op} ${node.name}; compute them with operators of their own.`,
        );
      if (typeof rule === 'function')
        return rule({
          ops,
          x: inputs,
          y: outputs,
          g: upstream[0] ?? outputs[0]!,
          upstream,
          attributes: node.attributes,
        });
      throw new TrainerError(
        'GraphInvalid',
        `${node.op} ${node.name} has no gradient for training graphs; build the model with differentiable operators.`,
      );
    },
  };
}

function groupStep(ops: Ops, group: GradientGroup): Step {
  return {
    name: ops.nodes[group.first]!.name,
    first: group.first,
    inputs: group.inputs,
    outputs: group.outputs,
    inside: ops.nodes.slice(group.first, group.end),
    flows: true,
    gradients: (upstream) => group.gradient(ops, upstream).map((value) => value && (() => value)),
  };
}

/** The wanted values and all floats that vary with them, also inside gradient groups. */
function neededValues(steps: readonly Step[], wanted: readonly Value[]): Set<Value> {
  const needed = new Set(wanted);
  for (const { flows, inputs, outputs, inside } of steps) {
    for (const node of inside) {
      if (rules[node.op] === 'no-gradient' || !node.inputs.some((input) => input && needed.has(input))) continue;
      for (const output of node.outputs) if (output?.dtype === 'float32') needed.add(output);
    }
    if (flows && inputs.some((input) => needed.has(input)))
      for (const output of outputs) if (output.dtype === 'float32') needed.add(output);
  }
  return needed;
}

/**
 * Needed values inside gradient groups that are no outputs of their group: whoever uses them outside would lose their
 * gradient silently. Throws for a group that uses a needed value without listing it, which would be lost as well.
 */
function hiddenValues(steps: readonly Step[], needed: ReadonlySet<Value>): Set<Value> {
  const hidden = new Set<Value>();
  for (const { inputs, outputs, inside } of steps) {
    const own = new Set(inside.flatMap((node) => node.outputs));
    for (const node of inside) {
      const unlisted = node.inputs.find(
        (input) => input && needed.has(input) && !own.has(input) && !inputs.includes(input),
      );
      if (unlisted)
        throw new TrainerError(
          'GraphInvalid',
          `${node.name} uses ${unlisted.name}, which its gradient group does not list; add it to the group's inputs.`,
        );
    }
    for (const value of own) if (value && needed.has(value) && !outputs.includes(value)) hidden.add(value);
  }
  return hidden;
}

/** Sums a gradient over the axes along which its value was broadcast. */
function unbroadcast(ops: Ops, gradient: Value, value: Value): Value {
  if (sameShape(gradient.shape, value.shape)) return gradient;
  const extra = gradient.shape.length - value.shape.length;
  const axes = [...gradient.shape.keys()].filter((axis) => {
    const dim = value.shape[axis - extra];
    return axis < extra || (dim === 1 && gradient.shape[axis] !== 1);
  });
  const overRows = axes.length === gradient.shape.length - 1 && !axes.includes(axes.length);
  const sum =
    overRows && elementCount(gradient.shape) !== null ? sumOfRows(ops, gradient) : ops.reduceSum(gradient, axes);
  return ops.reshape(sum, value.shape);
}

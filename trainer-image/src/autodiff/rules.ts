import type { OpName } from '../onnx/op-table.ts';
import type { Ops } from '../onnx/ops.ts';
import { elementCount } from '../onnx/shapes.ts';
import type { Dim, Value } from '../onnx/value.ts';
import { matmulRule } from './matmul-rule.ts';
import { layerNormRule, rmsNormRule } from './normalization-rules.ts';
import { shared, type VjpContext, type VjpRule } from './vjp.ts';

const fixed = (shape: readonly Dim[]): number[] => shape.map(Number);
const zeros = (ops: Ops, shape: readonly Dim[]): Value => ops.constant(0, fixed(shape));

/** The gradient of a reduction's result with the reduced axes put back as 1. */
function kept({ ops, x, y, g }: VjpContext): { upstream: Value; result: Value } {
  const axes = ops.numbersOf(x[1]!)!;
  const shape = x[0]!.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return { upstream: ops.reshape(g, shape), result: ops.reshape(y[0]!, shape) };
}

/** One result takes the whole gradient where it was chosen; at a tie the first operand is. */
const chosen =
  (isFirst: (ops: Ops, a: Value, b: Value) => Value): VjpRule =>
  ({ ops, x: [a, b], g }) => {
    const first = shared(() => isFirst(ops, a!, b!));
    return [() => ops.where(first(), g, 0), () => ops.where(first(), 0, g)];
  };

/**
 * The reverse rule of every operator. 'no-gradient': the result does not vary with the input, or only in steps.
 * 'never-ask': a gradient may exist, but no training graph may need it.
 */
export const rules = {
  Add: ({ g }) => [() => g, () => g],
  Sub: ({ ops, g }) => [() => g, () => ops.neg(g)],
  Mul: ({ ops, x: [a, b], g }) => [() => ops.mul(g, b!), () => ops.mul(g, a!)],
  Div: ({ ops, x: [, b], y, g }) => [() => ops.div(g, b!), () => ops.neg(ops.div(ops.mul(g, y[0]!), b!))],
  Max: chosen((ops, a, b) => ops.lessOrEqual(b, a)),
  Min: chosen((ops, a, b) => ops.lessOrEqual(a, b)),
  Neg: ({ ops, g }) => [() => ops.neg(g)],
  Exp: ({ ops, y, g }) => [() => ops.mul(g, y[0]!)],
  Log: ({ ops, x, g }) => [() => ops.div(g, x[0]!)],
  Sqrt: ({ ops, y, g }) => [() => ops.div(ops.mul(g, 0.5), y[0]!)],
  Reciprocal: ({ ops, y, g }) => [() => ops.neg(ops.mul(g, ops.mul(y[0]!, y[0]!)))],
  Tanh: ({ ops, y, g }) => [() => ops.mul(g, ops.sub(1, ops.mul(y[0]!, y[0]!)))],
  Sigmoid: ({ ops, y, g }) => [() => ops.mul(g, ops.mul(y[0]!, ops.sub(1, y[0]!)))],
  Erf: ({ ops, x, g }) => [() => ops.mul(g, ops.mul(ops.exp(ops.neg(ops.mul(x[0]!, x[0]!))), 2 / Math.sqrt(Math.PI)))],
  Abs: ({ ops, x, g }) => [() => ops.where(ops.lessOrEqual(0, x[0]!), g, ops.neg(g))],
  Identity: ({ g }) => [() => g],
  Where: ({ ops, x: [condition], g }) => [null, () => ops.where(condition!, g, 0), () => ops.where(condition!, 0, g)],
  Equal: 'no-gradient',
  LessOrEqual: 'no-gradient',
  And: 'no-gradient',
  Not: 'no-gradient',
  IsNaN: 'no-gradient',
  // Floats have one width, so a conversion either starts or ends at integers.
  Cast: 'no-gradient',
  ReduceSum: (context) => [() => context.ops.expand(kept(context).upstream, context.x[0]!.shape), null],
  ReduceMean: (context) => {
    const { ops, x, y } = context;
    const count = elementCount(x[0]!.shape)! / elementCount(y[0]!.shape)!;
    return [() => ops.expand(ops.mul(kept(context).upstream, 1 / count), x[0]!.shape), null];
  },
  ReduceMax: (context) => [
    () => {
      const { ops, x } = context;
      const { upstream, result } = kept(context);
      // Equal largest elements share the gradient.
      const largest = ops.cast(ops.equal(x[0]!, result), 'float32');
      return ops.mul(largest, ops.div(upstream, ops.reduceSum(largest, ops.numbersOf(x[1]!)!)));
    },
    null,
  ],
  ArgMax: 'no-gradient',
  TopK: 'never-ask',
  Sum: ({ x, g }) => x.map(() => () => g),
  Shape: 'no-gradient',
  Reshape: ({ ops, x, g }) => [() => ops.reshape(g, x[0]!.shape), null],
  Transpose: ({ ops, attributes, g }) => {
    const permutation = attributes['perm'] as readonly number[];
    return [
      () =>
        ops.transpose(
          g,
          permutation.map((_, axis) => permutation.indexOf(axis)),
        ),
    ];
  },
  Slice: ({ ops, x: [data, start, , axes], y, g }) => [
    () => {
      const [axis, first] = [ops.numbersOf(axes!)![0]!, ops.numbersOf(start!)![0]!];
      const size = Number(data!.shape[axis]);
      const before = first < 0 ? first + size : first;
      return ops.pad(g, axis, before, size - before - Number(y[0]!.shape[axis]));
    },
    null,
    null,
    null,
  ],
  Pad: ({ ops, x: [data, pads, , axes], g }) => [
    () => {
      const [axis, before] = [ops.numbersOf(axes!)![0]!, ops.numbersOf(pads!)![0]!];
      return ops.slice(g, axis, before, before + Number(data!.shape[axis]));
    },
    null,
    null,
    null,
  ],
  Split: ({ ops, y, upstream, attributes }) => [
    () =>
      ops.concat(
        upstream.map((part, index) => part ?? zeros(ops, y[index]!.shape)),
        attributes['axis'] as number,
      ),
    null,
  ],
  Concat: ({ ops, x, g, attributes }) => {
    const axis = attributes['axis'] as number;
    const parts = shared(() =>
      ops.split(
        g,
        axis,
        x.map(({ shape }) => Number(shape[axis])),
      ),
    );
    return x.map((_, index) => () => parts()[index]!);
  },
  Expand: ({ g }) => [() => g, null],
  Gather: ({ ops, x: [data, indices], g, attributes }) => {
    const axis = attributes['axis'] as number;
    const rowNumbers = (): Value => ops.cast(indices!, 'int64');
    if (axis === 0) return [{ onto: (sum) => ops.scatterRows(sum ?? zeros(ops, data!.shape), rowNumbers(), g) }, null];
    return [
      () => {
        // The gathered axis goes first, to be rows, and back.
        const last = axis + indices!.shape.length;
        const order = [...g.shape.keys()];
        const front = ops.transpose(g, [...order.slice(axis, last), ...order.slice(0, axis), ...order.slice(last)]);
        const shape = [data!.shape[axis]!, ...data!.shape.filter((_, index) => index !== axis)];
        const sum = ops.scatterRows(zeros(ops, shape), rowNumbers(), front);
        const back = data!.shape.map((_, index) => (index === axis ? 0 : index < axis ? index + 1 : index));
        return ops.transpose(sum, back);
      },
      null,
    ];
  },
  GatherElements: ({ ops, x: [data, indices], g, attributes }) => [
    {
      onto: (sum) => ops.scatterElements(sum ?? zeros(ops, data!.shape), indices!, g, attributes['axis'] as number),
    },
    null,
  ],
  ScatterElements: ({ ops, x: [, indices], g, attributes }) => [
    () => g,
    null,
    () => ops.gatherElements(g, indices!, attributes['axis'] as number),
  ],
  Unique: 'no-gradient',
  ScatterND: ({ ops, x: [, indices], g }) => [
    () => g,
    null,
    () => ops.gather(g, ops.reshape(indices!, indices!.shape.slice(0, -1))),
  ],
  MatMul: matmulRule,
  FusedMatMul: matmulRule,
  Softmax: ({ ops, y, g, attributes }) => [
    () => {
      const mean = ops.reduceSum(ops.mul(g, y[0]!), [attributes['axis'] as number]);
      return ops.mul(ops.sub(g, mean), y[0]!);
    },
  ],
  LogSoftmax: ({ ops, y, g, attributes }) => [
    () => ops.sub(g, ops.mul(ops.exp(y[0]!), ops.reduceSum(g, [attributes['axis'] as number]))),
  ],
  SimplifiedLayerNormalization: rmsNormRule,
  LayerNormalization: layerNormRule,
  // A rotation is undone by the opposite angle; cos and sin are tables, not parameters.
  RotaryEmbedding: ({ ops, x: [, positions, cos, sin], g }) => [
    () => ops.rotaryEmbedding(g, positions!, cos!, ops.neg(sin!)),
    null,
    null,
    null,
  ],
  GroupQueryAttention: 'never-ask',
} as const satisfies Record<OpName, VjpRule | 'no-gradient' | 'never-ask'>;

/** The operators that have a rule. */
export type DifferentiableOp = { [Op in OpName]: (typeof rules)[Op] extends string ? never : Op }[OpName];

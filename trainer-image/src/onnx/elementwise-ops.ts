import type { Builder } from './builder.ts';
import { dtypeCodes } from './dtype-codes.ts';
import type { OpName } from './op-table.ts';
import type { DType, Value } from './value.ts';

/** A value, or a number that becomes a cached constant of the other operand's dtype. */
export type Operand = Value | number;

/** Element-by-element operators; two operands broadcast as in NumPy. */
export interface ElementwiseOps {
  readonly add: (a: Operand, b: Operand) => Value;
  readonly sub: (a: Operand, b: Operand) => Value;
  readonly mul: (a: Operand, b: Operand) => Value;
  readonly div: (a: Operand, b: Operand) => Value;
  readonly max: (a: Operand, b: Operand) => Value;
  readonly min: (a: Operand, b: Operand) => Value;
  readonly neg: (x: Value) => Value;
  readonly exp: (x: Value) => Value;
  readonly log: (x: Value) => Value;
  readonly sqrt: (x: Value) => Value;
  readonly reciprocal: (x: Value) => Value;
  readonly tanh: (x: Value) => Value;
  readonly sigmoid: (x: Value) => Value;
  readonly erf: (x: Value) => Value;
  readonly abs: (x: Value) => Value;
  /** The same value under a new name. */
  readonly identity: (x: Value) => Value;
  /** Takes `a` where the bool `condition` holds and `b` elsewhere. */
  readonly where: (condition: Value, a: Operand, b: Operand) => Value;
  readonly equal: (a: Operand, b: Operand) => Value;
  readonly lessOrEqual: (a: Operand, b: Operand) => Value;
  readonly and: (a: Value, b: Value) => Value;
  readonly not: (x: Value) => Value;
  readonly isNaN: (x: Value) => Value;
  /** Converts to another dtype; returns `x` itself when it has that dtype. */
  readonly cast: (x: Value, dtype: DType) => Value;
  /** Adds values of one shape; a single value is returned as it is. */
  readonly sum: (values: readonly Value[]) => Value;
}

export function elementwiseOps({ emitOne, constant }: Builder): ElementwiseOps {
  /** Numbers among two operands become constants of the other's dtype. */
  function promote(a: Operand, b: Operand): [Value, Value] {
    const dtype = typeof a === 'object' ? a.dtype : typeof b === 'object' ? b.dtype : 'float32';
    const value = (operand: Operand): Value => (typeof operand === 'number' ? constant(operand, [], dtype) : operand);
    return [value(a), value(b)];
  }
  const binary =
    (op: OpName) =>
    (a: Operand, b: Operand): Value =>
      emitOne(op, promote(a, b));
  const unary =
    (op: OpName) =>
    (x: Value): Value =>
      emitOne(op, [x]);
  return {
    add: binary('Add'),
    sub: binary('Sub'),
    mul: binary('Mul'),
    div: binary('Div'),
    max: binary('Max'),
    min: binary('Min'),
    neg: unary('Neg'),
    exp: unary('Exp'),
    log: unary('Log'),
    sqrt: unary('Sqrt'),
    reciprocal: unary('Reciprocal'),
    tanh: unary('Tanh'),
    sigmoid: unary('Sigmoid'),
    erf: unary('Erf'),
    abs: unary('Abs'),
    identity: unary('Identity'),
    where: (condition, a, b) => emitOne('Where', [condition, ...promote(a, b)]),
    equal: binary('Equal'),
    lessOrEqual: binary('LessOrEqual'),
    and: binary('And'),
    not: unary('Not'),
    isNaN: unary('IsNaN'),
    cast: (x, dtype) => (x.dtype === dtype ? x : emitOne('Cast', [x], { to: dtypeCodes[dtype] })),
    sum: (values) => (values.length === 1 ? values[0]! : emitOne('Sum', values)),
  };
}

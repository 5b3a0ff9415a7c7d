import type { DType, Value } from './value.ts';

/** A value, or a number that becomes a cached constant of the other operand's dtype. */
export type Operand = Value | number;

/** Element-by-element operators; two operands broadcast as in NumPy. */
export interface ElementwiseOps {
  add(a: Operand, b: Operand): Value;
  sub(a: Operand, b: Operand): Value;
  mul(a: Operand, b: Operand): Value;
  div(a: Operand, b: Operand): Value;
  max(a: Operand, b: Operand): Value;
  min(a: Operand, b: Operand): Value;
  neg(x: Value): Value;
  exp(x: Value): Value;
  log(x: Value): Value;
  sqrt(x: Value): Value;
  reciprocal(x: Value): Value;
  tanh(x: Value): Value;
  sigmoid(x: Value): Value;
  erf(x: Value): Value;
  abs(x: Value): Value;
  /** The same value under a new name. */
  identity(x: Value): Value;
  /** Takes `a` where the bool `condition` holds and `b` elsewhere. */
  where(condition: Value, a: Operand, b: Operand): Value;
  equal(a: Operand, b: Operand): Value;
  lessOrEqual(a: Operand, b: Operand): Value;
  and(a: Value, b: Value): Value;
  not(x: Value): Value;
  isNaN(x: Value): Value;
  /** Converts to another dtype; returns `x` itself when it has that dtype. */
  cast(x: Value, dtype: DType): Value;
  /** Adds values of one shape; a single value is returned as it is. */
  sum(values: readonly Value[]): Value;
}

import { TrainerError } from '../errors.ts';
import type { Dim } from './value.ts';

export const shapeText = (shape: readonly Dim[]): string => `[${shape.join(', ')}]`;

export const sameShape = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis]);

/** How many elements a shape has, or null when a dimension is symbolic. */
export function elementCount(shape: readonly Dim[]): number | null {
  let count = 1;
  for (const dim of shape) {
    if (typeof dim === 'string') return null;
    count *= dim;
  }
  return count;
}

/** The shape two shapes broadcast to, as in NumPy; a symbolic dimension agrees with itself and with 1. */
export function broadcastShapes(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new TrainerError('GraphInvalid', `shapes ${shapeText(a)} and ${shapeText(b)} do not broadcast`);
  });
}

/** A negative axis counted from the end. */
export function positiveAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank)
    throw new TrainerError('GraphInvalid', `axis ${axis} is outside a shape of rank ${rank}`);
  return positive;
}

/** Copies a shape with one dimension replaced. */
export const withDim = (shape: readonly Dim[], axis: number, dim: Dim): Dim[] =>
  shape.map((old, index) => (index === axis ? dim : old));

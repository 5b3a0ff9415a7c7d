import { TrainerError } from '../errors.ts';
import type { Builder } from './builder.ts';
import { elementCount, shapeText } from './shapes.ts';
import type { Dim, Value } from './value.ts';

export interface SymbolicShapes {
  /** The int64 shape input that makes Reshape turn `x` into `shape`, computed at run time only where it must be. */
  readonly forReshape: (x: Value, shape: readonly Dim[]) => Value;
  /** `shape` as an int64 list, symbolic dimensions read from the graph inputs that carry them. */
  readonly dims: (shape: readonly Dim[]) => Value;
}

/** Turns shapes with symbolic dimensions into the integer lists that operators take. */
export function symbolicShapes({ constant, emitOne, inputs }: Builder): SymbolicShapes {
  const sizes = new Map<string, Value>();

  function sizeOf(symbol: string): Value {
    const known = sizes.get(symbol);
    if (known) return known;
    const carrier = inputs.find(({ shape }) => shape.includes(symbol));
    if (!carrier)
      throw new TrainerError(
        'GraphInvalid',
        `No graph input carries the symbolic size ${symbol}; give an input this size or use a number.`,
      );
    const axis = carrier.shape.indexOf(symbol);
    const size = emitOne('Shape', [carrier], { start: axis, end: axis + 1 });
    sizes.set(symbol, size);
    return size;
  }

  function dims(shape: readonly Dim[]): Value {
    if (elementCount(shape) !== null) return constant(shape as readonly number[]);
    const parts = shape.map((dim) => (typeof dim === 'string' ? sizeOf(dim) : constant([dim])));
    return parts.length === 1 ? parts[0]! : emitOne('Concat', parts, { axis: 0 });
  }

  return {
    dims,
    forReshape(x, shape) {
      // Reshape itself copies a size (0) that stays at its axis and infers one other (-1).
      const asked = shape.map((dim, axis) => (typeof dim === 'number' ? dim : x.shape[axis] === dim ? 0 : -1));
      if (asked.filter((dim) => dim === -1).length <= 1) return constant(asked);
      if (
        shape.every(
          (dim) =>
            typeof dim === 'number' || x.shape.includes(dim) || inputs.some((input) => input.shape.includes(dim)),
        )
      )
        return dims(shape);
      throw new TrainerError(
        'GraphInvalid',
        `Reshape of ${shapeText(x.shape)} to ${shapeText(shape)} leaves more than one size unknown; make one of them the size of a graph input.`,
      );
    },
  };
}

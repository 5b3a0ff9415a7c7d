import type { Parameter } from './family.ts';

/** Numbers that parameters are made of. */
export function parameterCount(parameters: readonly Pick<Parameter, 'shape'>[]): number {
  return parameters.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
}

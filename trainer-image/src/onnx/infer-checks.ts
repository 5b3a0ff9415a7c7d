import { TrainerError } from '../errors.ts';
import { sameShape, shapeText } from './shapes.ts';
import type { Attribute, Dim, DType, Value } from './value.ts';

interface Attributed {
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export function fail(message: string): never {
  throw new TrainerError('GraphInvalid', message);
}
export const number = ({ attributes }: Attributed, attribute: string): number => {
  const value = attributes[attribute];
  return typeof value === 'number' ? value : fail(`attribute ${attribute} must be an integer`);
};
export const numbers = ({ attributes }: Attributed, attribute: string): readonly number[] => {
  const value = attributes[attribute];
  return Array.isArray(value)
    ? (value as readonly number[])
    : fail(`attribute ${attribute} must be a list of integers`);
};
export const sameDtype = (x: readonly Value[]): DType => {
  const dtype = x[0]!.dtype;
  for (const value of x)
    if (value.dtype !== dtype) fail(`${x[0]!.name} is ${dtype} but ${value.name} is ${value.dtype}; cast one of them`);
  return dtype;
};
export const mustBe = (value: Value, ...dtypes: DType[]): void => {
  if (!dtypes.includes(value.dtype)) fail(`${value.name} is ${value.dtype} but must be ${dtypes.join(' or ')}`);
};
export const mustHaveShape = (value: Value, shape: readonly Dim[]): void => {
  if (!sameShape(value.shape, shape))
    fail(`${value.name} is ${shapeText(value.shape)} but must be ${shapeText(shape)}`);
};

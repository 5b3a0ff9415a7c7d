import { TrainerError } from '../errors.ts';
import type { Parameter } from '../models/family.ts';
import type { AdaptedModel } from './adapter.ts';

/** The name of the module that a tensor belongs to. */
export const moduleOf = ({ name }: Parameter): string => name.slice(0, name.lastIndexOf('.'));

/** Whether a module answers to a name as PEFT reads it: all of it, or its last parts. */
export const answersTo = (module: string, name: string): boolean => module === name || module.endsWith(`.${name}`);

/** The number of the layer that a tensor or module lies in, from 0; null outside of layers. */
export function layerOf(name: string): number | null {
  const found = /\.(\d+)\./.exec(name);
  return found ? Number(found[1]) : null;
}

export const linearsOf = ({ family, config }: AdaptedModel): readonly Parameter[] =>
  family.parameters(config).filter(({ kind }) => kind === 'linear');

/** `[out, in]` of a linear layer, however it is stored. */
export function outAndIn({ shape, transposed }: Parameter): [out: number, into: number] {
  const [first, second] = shape as [number, number];
  return transposed ? [second, first] : [first, second];
}

/** The linear layers that answer to one of the names; fails with ModelIncompatible where nothing answers to one. */
export function linearsNamed(names: readonly string[], model: AdaptedModel, field: string): Parameter[] {
  const linears = linearsOf(model);
  const stranger = names.find((name) => !linears.some((parameter) => answersTo(moduleOf(parameter), name)));
  if (stranger !== undefined)
    throw new TrainerError(
      'ModelIncompatible',
      `${field}: the base has no linear layer named ${stranger}; it has ${shortNames(linears).join(', ')}.`,
    );
  return linears.filter((parameter) => names.some((name) => answersTo(moduleOf(parameter), name)));
}

/** Names by which PEFT finds these layers and, apart from their number, no others of the model. */
export function namesOf(chosen: readonly Parameter[], model: AdaptedModel): string[] {
  const kinds = new Set(chosen.map((parameter) => inLayer(moduleOf(parameter))));
  const others = linearsOf(model).filter((parameter) => !kinds.has(inLayer(moduleOf(parameter))));
  const name = (parameter: Parameter): string => {
    const module = moduleOf(parameter);
    const short = lastPart(module);
    return others.some((other) => answersTo(moduleOf(other), short)) ? inLayer(module) : short;
  };
  return [...new Set(chosen.map(name))].sort();
}

const lastPart = (module: string): string => module.slice(module.lastIndexOf('.') + 1);
const inLayer = (module: string): string => module.replace(/^.*\.\d+\./, '');
const shortNames = (linears: readonly Parameter[]): string[] => [
  ...new Set(linears.map((parameter) => lastPart(moduleOf(parameter)))),
];

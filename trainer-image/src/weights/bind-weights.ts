import { relative } from 'node:path';
import { TrainerError } from '../errors.ts';
import type { ExternalData, TensorData } from '../onnx/value.ts';
import type { TensorFile } from './read-safetensors.ts';

interface Wanted {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The tensors that a network asks for: where each lies in a file below `folder`, or widened in memory. Fails with
 * ModelIncompatible when one has another shape, or when there is one that neither the network nor `others` knows: a bias, for
 * example, says that the model computes in another way than its config.json tells.
 */
export async function bindWeights(
  folder: string,
  tensors: TensorFile,
  wanted: readonly Wanted[],
  others: RegExp,
): Promise<ReadonlyMap<string, TensorData | ExternalData>> {
  const known = new Set(wanted.flatMap(({ name }) => [name, name.slice(name.indexOf('.') + 1)]));
  const other = tensors.names.find((name) => !known.has(name) && !others.test(name));
  if (other !== undefined)
    throw new TrainerError(
      'ModelIncompatible',
      `${folder}: the weights hold ${other}, which its config.json does not ask for; the two do not belong together.`,
    );
  const weights = new Map<string, TensorData | ExternalData>();
  for (const { name, shape } of wanted) {
    const found = tensors.location(name);
    if (found.shape.join() !== shape.join())
      throw new TrainerError(
        'ModelIncompatible',
        `${folder}: tensor ${name} has the shape [${found.shape.join(', ')}], config.json asks for [${shape.join(', ')}].`,
      );
    weights.set(
      name,
      found.dtype === 'F32'
        ? { location: relative(folder, found.path), offset: found.offset, length: found.length }
        : (await tensors.get(name)).data,
    );
  }
  return weights;
}

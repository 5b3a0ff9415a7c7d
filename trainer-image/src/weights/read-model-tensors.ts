import { access, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TrainerError } from '../errors.ts';
import { readSafetensors, type TensorFile } from './read-safetensors.ts';

const single = 'model.safetensors';
const index = 'model.safetensors.index.json';

/** The tensors of a model folder, in one file or in shards; fails with ModelIncompatible when there are none. */
export async function readModelTensors(folder: string): Promise<TensorFile> {
  if (await exists(join(folder, single))) return await readSafetensors(join(folder, single));
  if (!(await exists(join(folder, index))))
    throw new TrainerError(
      'ModelIncompatible',
      `${folder} has neither ${single} nor ${index}; save the model as safetensors.`,
    );
  const { weight_map: map } = JSON.parse(await readFile(join(folder, index), 'utf8')) as {
    weight_map?: Record<string, string>;
  };
  const shards = new Map<string, TensorFile>();
  for (const name of new Set(Object.values(map ?? {}))) {
    if (basename(name) !== name)
      throw new TrainerError('ModelIncompatible', `${index} names ${name}, which is not a file of its own folder.`);
    shards.set(name, await readSafetensors(join(folder, name)));
  }
  const shardOf = (tensor: string): TensorFile => {
    const shard = shards.get(map?.[tensor] ?? '');
    if (shard) return shard;
    throw new TrainerError('ModelIncompatible', `${index} has no tensor ${tensor}; the download is incomplete.`);
  };
  return {
    names: Object.keys(map ?? {}),
    metadata: {},
    get: (name) => shardOf(name).get(name),
    location: (name) => shardOf(name).location(name),
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

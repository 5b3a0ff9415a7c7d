import { join } from 'node:path';
import { TrainerError } from '../errors.ts';
import { readJsonObject } from './json-file.ts';
import { readSafetensors, type TensorFile } from './read-safetensors.ts';
import { pathExists } from './path-exists.ts';

/**
 * Opens the weights of a model folder: model.safetensors, or the shards that model.safetensors.index.json names.
 * A name is also found without its first part, as files of a bare GPT-2 have it (h.0… for transformer.h.0…).
 */
export async function openTensors(folder: string): Promise<TensorFile> {
  const whole = join(folder, 'model.safetensors');
  if (await pathExists(whole)) return byEitherName(await readSafetensors(whole));
  const index = await readJsonObject(join(folder, 'model.safetensors.index.json'));
  if (index === null)
    throw new TrainerError(
      'ModelIncompatible',
      `${folder} has no model.safetensors; convert the weights with save_pretrained(…, safe_serialization=True).`,
    );
  return byEitherName(await openShards(folder, index['weight_map']));
}

async function openShards(folder: string, map: unknown): Promise<TensorFile> {
  const shards = new Map<string, TensorFile>();
  const fileOf = new Map<string, string>();
  for (const [name, file] of Object.entries((map ?? {}) as Record<string, unknown>)) {
    if (typeof file !== 'string' || !/^[\w.-]+\.safetensors$/.test(file))
      throw new TrainerError(
        'ModelIncompatible',
        `The index of ${folder} puts tensor ${name} into no file of the folder.`,
      );
    fileOf.set(name, file);
    if (!shards.has(file)) shards.set(file, await readSafetensors(join(folder, file)));
  }
  const shardOf = (name: string): TensorFile => {
    const shard = shards.get(fileOf.get(name) ?? '');
    if (shard === undefined)
      throw new TrainerError(
        'ModelIncompatible',
        `${folder} has no tensor ${name}; config.json and the weights do not belong together.`,
      );
    return shard;
  };
  return {
    names: [...fileOf.keys()],
    metadata: {},
    get: (name) => shardOf(name).get(name),
    location: (name) => shardOf(name).location(name),
  };
}

function byEitherName(file: TensorFile): TensorFile {
  const known = new Set(file.names);
  const found = (name: string): string => {
    const short = name.slice(name.indexOf('.') + 1);
    return !known.has(name) && known.has(short) ? short : name;
  };
  return { ...file, get: (name) => file.get(found(name)), location: (name) => file.location(found(name)) };
}

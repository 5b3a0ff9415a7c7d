import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TrainerError } from '../errors.ts';
import { readJsonObject, writeJson, type JsonObject } from './json-file.ts';
import { readSafetensors, type TensorFile } from './read-safetensors.ts';
import { writeSafetensors, type TensorToWrite } from './write-safetensors.ts';

// PEFT wraps a model twice and names its tensors through both wrappers.
const prefix = 'base_model.model.';
/** A prompt belongs to no module, so its name has no path. */
const inFile = (name: string): string => (name.includes('.') ? prefix + name : name);

/** An adapter in PEFT's form; tensors go by their name in the model, such as model.layers.0.self_attn.q_proj.lora_A.weight. */
export interface PeftAdapter {
  /** adapter_config.json. */
  readonly config: JsonObject;
  readonly tensors: TensorFile;
}

/** Reads an adapter folder; fails with ModelIncompatible when it is none or holds what this trainer cannot apply. */
export async function readAdapter(folder: string): Promise<PeftAdapter> {
  const config = await readJsonObject(join(folder, 'adapter_config.json'));
  if (config === null)
    throw new TrainerError('ModelIncompatible', `${folder} has no adapter_config.json; it is no PEFT adapter.`);
  const path = join(folder, 'adapter_model.safetensors');
  const file = await readSafetensors(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new TrainerError('ModelIncompatible', `${folder} has no adapter_model.safetensors.`, { cause: error });
  });
  const stray = file.names.find((name) => name.includes('.') && !name.startsWith(prefix));
  if (stray !== undefined)
    throw new TrainerError(
      'ModelIncompatible',
      `${path}: tensor ${stray} does not begin with ${prefix}, as PEFT's do.`,
    );
  return {
    config,
    tensors: {
      ...file,
      names: file.names.map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name)),
      get: (name) => file.get(inFile(name)),
      location: (name) => file.location(inFile(name)),
    },
  };
}

/** Writes an adapter folder that peft loads. */
export async function writeAdapter(
  folder: string,
  config: JsonObject,
  tensors: Iterable<readonly [string, TensorToWrite]>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const named = [...tensors].map(([name, tensor]) => [inFile(name), tensor] as const);
  await writeSafetensors(join(folder, 'adapter_model.safetensors'), named);
  await writeJson(join(folder, 'adapter_config.json'), config);
}

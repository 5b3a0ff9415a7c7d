import { join } from 'node:path';
import { TrainerError } from '../errors.ts';
import { readTokenizerFiles, type TokenizerFiles } from '../tokenizers/load-tokenizer.ts';
import { readJsonObject, type JsonObject } from './json-file.ts';
import { openTensors } from './open-tensors.ts';
import type { TensorFile } from './read-safetensors.ts';

/** A Hugging Face model folder, its weights still on disk. */
export interface ModelFolder {
  readonly path: string;
  /** config.json. */
  readonly config: JsonObject;
  readonly generationConfig: JsonObject | null;
  readonly tokenizer: TokenizerFiles;
  readonly tensors: TensorFile;
}

/** Reads a model folder; fails with ModelIncompatible when a file is missing or damaged. */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  const config = await readJsonObject(join(path, 'config.json'));
  if (config === null)
    throw new TrainerError('ModelIncompatible', `${path} has no config.json; a model is a Hugging Face folder.`);
  return {
    path,
    config,
    generationConfig: await readJsonObject(join(path, 'generation_config.json')),
    tokenizer: await readTokenizerFiles(path),
    tensors: await openTensors(path),
  };
}

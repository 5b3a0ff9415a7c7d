import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTokenizerFiles, type TokenizerFiles } from '../tokenizers/load-tokenizer.ts';
import { writeJson, type JsonObject } from './json-file.ts';
import type { Tensor } from './tensor.ts';
import { writeSafetensors, type TensorToWrite } from './write-safetensors.ts';

/** What a model folder is made of; the JSON comes from the model's family. */
export interface ModelFiles {
  readonly config: JsonObject;
  readonly generationConfig: JsonObject;
  readonly tokenizer: TokenizerFiles;
  readonly tensors: Iterable<readonly [string, Tensor | TensorToWrite]>;
}

/** Writes a Hugging Face model folder in float32; config.json comes last, so that a folder without it is not yet a model. */
export async function writeModelFolder(folder: string, model: ModelFiles): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, 'model.safetensors'), model.tensors);
  await writeTokenizerFiles(folder, model.tokenizer);
  await writeJson(join(folder, 'generation_config.json'), model.generationConfig);
  await writeJson(join(folder, 'config.json'), model.config);
}

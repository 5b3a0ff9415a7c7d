import { relative } from 'node:path';
import { TrainerError } from './errors.ts';
import type { InferenceModel } from './generate/decode-graph.ts';
import { readVirtualTokens } from './generate/read-virtual-tokens.ts';
import { familyOf } from './models/index.ts';
import type { Family, ModelConfig, Parameter } from './models/family.ts';
import type { ExternalData, TensorData } from './onnx/value.ts';
import type { TokenizerFiles } from './tokenizers/load-tokenizer.ts';
import { readModelFolder } from './weights/read-model-folder.ts';
import type { TensorFile } from './weights/read-safetensors.ts';

/** A Hugging Face model folder, checked and ready to run; large float32 tensors stay in their file. */
export interface LoadedModel {
  readonly folder: string;
  readonly family: Family;
  readonly config: ModelConfig;
  readonly tokenizerFiles: TokenizerFiles;
  readonly tensors: TensorFile;
  readonly inference: InferenceModel;
}

/** Loads a model folder; fails with ModelIncompatible when a file is missing or a tensor has another shape than the config says. */
export async function loadModel(folder: string): Promise<LoadedModel> {
  const { config: hub, tokenizer: tokenizerFiles, tensors } = await readModelFolder(folder);
  const family = familyOf(hub);
  const config = family.configFromHub(hub);
  const weights = new Map<string, TensorData | ExternalData>();
  const parameters = family.parameters(config);
  requireNoOthers(folder, tensors.names, parameters);
  for (const { name, shape } of parameters) {
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
  const virtualTokens = await readVirtualTokens(folder, config);
  return {
    folder,
    family,
    config,
    tokenizerFiles,
    tensors,
    inference: {
      family,
      config,
      folder,
      weight: (name) => weights.get(name)!,
      ...(virtualTokens ? { virtualTokens } : {}),
    },
  };
}

/** Masks and frequencies that older versions saved beside the weights; a tied head is the embedding once more. */
const derived = /(^|\.)(attn\.(masked_)?bias|rotary_emb\.inv_freq|lm_head\.weight)$/;

/** A tensor that nobody reads, such as a bias, says that the model computes in another way than its config.json tells. */
function requireNoOthers(folder: string, names: readonly string[], parameters: readonly Parameter[]): void {
  const known = new Set(parameters.flatMap(({ name }) => [name, name.slice(name.indexOf('.') + 1)]));
  const other = names.find((name) => !known.has(name) && !derived.test(name));
  if (other !== undefined)
    throw new TrainerError(
      'ModelIncompatible',
      `${folder}: the weights hold ${other}, which its config.json does not ask for; the two do not belong together.`,
    );
}

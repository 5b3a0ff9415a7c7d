import { TrainerError } from './errors.ts';
import type { InferenceModel } from './generate/decode-graph.ts';
import { readVirtualTokens } from './generate/read-virtual-tokens.ts';
import { familyOf } from './models/index.ts';
import type { Family, ModelConfig } from './models/family.ts';
import type { TokenizerFiles } from './tokenizers/load-tokenizer.ts';
import { largestId } from './tokenizers/tokenizer.ts';
import { bindWeights } from './weights/bind-weights.ts';
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

/** Masks and frequencies that older versions saved beside the weights; a tied head is the embedding once more. */
const derived = /(^|\.)(attn\.(masked_)?bias|rotary_emb\.inv_freq|lm_head\.weight)$/;

/** Loads a model folder; fails with ModelIncompatible when a file is missing or a tensor is not what the config says. */
export async function loadModel(folder: string): Promise<LoadedModel> {
  const { config: hub, tokenizer: tokenizerFiles, tensors } = await readModelFolder(folder);
  const family = familyOf(hub);
  const config = family.configFromHub(hub);
  const weights = await bindWeights(folder, tensors, family.parameters(config), derived);
  const tokens = largestId(tokenizerFiles.tokenizer) + 1;
  if (tokens > config.vocabulary)
    throw new TrainerError(
      'ModelIncompatible',
      `${folder}: the tokenizer has ${tokens} tokens, the model only ${config.vocabulary}; take the tokenizer that it was trained with.`,
    );
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

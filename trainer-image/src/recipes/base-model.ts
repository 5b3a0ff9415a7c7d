import type { Scratch } from '@wikigpt/schema/base.ts';
import type { FineTuneTask, ModelFiles } from '@wikigpt/schema/task.ts';
import { fetchModel } from '../artifacts/fetch-folder.ts';
import type { Stores } from '../artifacts/stores.ts';
import { digestFolder } from '../artifacts/digest.ts';
import type { PreparedData } from '../data/prepare.ts';
import { textOf } from '../data/record.ts';
import { TrainerError } from '../errors.ts';
import type { InferenceModel } from '../generate/decode-graph.ts';
import { familyOf } from '../models/index.ts';
import type { Family, ModelConfig, Parameter } from '../models/family.ts';
import type { TokenizerFiles } from '../tokenizers/load-tokenizer.ts';
import { tokenizerFromFiles } from '../tokenizers/load-tokenizer.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { trainByteLevelBpe } from '../tokenizers/train-byte-level-bpe.ts';
import { loadModel } from '../load-model.ts';
import { asModelFolder } from '../weights/gguf/as-model-folder.ts';

/** What training starts from. */
export interface BaseModel {
  readonly family: Family;
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly tokenizerFiles: TokenizerFiles;
  /** The base as it answers before training; null for a new model. */
  readonly inference: InferenceModel | null;
  /** One tensor of the base; null for a new model, whose tensors are drawn at random. */
  readonly tensor: ((parameter: Parameter) => Promise<Float32Array>) | null;
  /** Where it comes from; null for a new model. */
  readonly uri: string | null;
  readonly digest: string | null;
}

/** Passes of a generator whose texts the tokenizer is trained on. */
const tokenizerPasses = 4;

/** Loads the base that a task names, or makes a new model with a tokenizer trained on the task's own data. */
export async function baseModel(task: FineTuneTask, data: PreparedData, stores: Stores): Promise<BaseModel> {
  const { scratch } = task.spec.base;
  if (scratch) return newModel(scratch, data);
  if (!task.base)
    throw new TrainerError('InvalidSpec', 'The task names no base; spec.base must have uri, preset or fromJob.');
  return modelAt(task.base, stores);
}

/** A model that is there already, its digest checked when one is pinned. */
export async function modelAt(files: ModelFiles, stores: Stores): Promise<BaseModel> {
  const { path: fetched, uri } = await fetchModel(files, stores);
  const model = await loadModel(await asModelFolder(fetched, stores.work));
  if (model.inference.virtualTokens)
    throw new TrainerError(
      'ModelIncompatible',
      `${files.uri} is a base with a trained prompt before it (method softPrompt or prefix), which nothing can be trained on; name its base instead.`,
    );
  return {
    family: model.family,
    config: model.config,
    tokenizer: tokenizerFromFiles(model.tokenizerFiles),
    tokenizerFiles: model.tokenizerFiles,
    inference: model.inference,
    tensor: async (parameter) => (await model.tensors.get(parameter.name)).data,
    uri,
    digest: files.digest ?? (await digestFolder(fetched)),
  };
}

function newModel(scratch: Scratch, data: PreparedData): BaseModel {
  const texts = function* (): Generator<string> {
    for (let pass = 0; pass < tokenizerPasses; pass++) for (const record of data.train(pass)) yield textOf(record);
  };
  const tokenizerFiles = trainByteLevelBpe(texts(), { vocabularySize: scratch.vocabulary });
  const tokenizer = tokenizerFromFiles(tokenizerFiles);
  return freshModel(scratch, tokenizer.vocabularySize, { tokenizer, tokenizerFiles });
}

/** A model of the given sizes whose tensors are still to be drawn. */
export function freshModel(
  scratch: Omit<Scratch, 'vocabulary'>,
  vocabulary: number,
  tokens: Pick<BaseModel, 'tokenizer' | 'tokenizerFiles'>,
): BaseModel {
  const family = familyOf({ model_type: scratch.architecture });
  const sizes = { ...scratch, ropeTheta: scratch.ropeTheta === undefined ? undefined : Number(scratch.ropeTheta) };
  const config = family.fromScratch(sizes, vocabulary);
  return { family, config, ...tokens, inference: null, tensor: null, uri: null, digest: null };
}

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrainerError } from '../errors.ts';
import { readJsonObject, writeJson } from '../weights/json-file.ts';
import { tokenizerFromJson, type Tokenizer, type TokenizerConfig, type TokenizerJson } from './tokenizer.ts';
import { wordPieceFromVocabulary } from './word-piece.ts';

/** The files that make a tokenizer, each parsed; `chatTemplate` is chat_template.jinja. */
export interface TokenizerFiles {
  readonly tokenizer: TokenizerJson;
  readonly config: TokenizerConfig;
  readonly specialTokensMap: Record<string, unknown> | null;
  readonly chatTemplate: string | null;
}

/** Reads the tokenizer files of a Hugging Face model folder; fails with ModelIncompatible when there is none or it is broken. */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const specialTokensMap = await readJsonObject(join(folder, 'special_tokens_map.json'));
  const config = { ...specialTokensMap, ...(await readJsonObject(join(folder, 'tokenizer_config.json'))) };
  const vocabulary = await readText(join(folder, 'vocab.txt'));
  const tokenizer: object | null =
    (await readJsonObject(join(folder, 'tokenizer.json'))) ??
    (vocabulary === null ? null : wordPieceFromVocabulary(vocabulary, config));
  if (tokenizer === null)
    throw new TrainerError(
      'ModelIncompatible',
      `${folder} has no tokenizer.json or vocab.txt; save the model with a "fast" tokenizer (save_pretrained writes it).`,
    );
  if (!('model' in tokenizer) || typeof tokenizer.model !== 'object' || tokenizer.model === null)
    throw new TrainerError('ModelIncompatible', `${folder}/tokenizer.json has no "model"; it is not a tokenizer.`);
  const chatTemplate = await readText(join(folder, 'chat_template.jinja'));
  return { tokenizer: tokenizer as TokenizerJson, config, specialTokensMap, chatTemplate };
}

/** Builds the tokenizer that these files describe. */
export const tokenizerFromFiles = ({ tokenizer, config, chatTemplate }: TokenizerFiles): Tokenizer =>
  tokenizerFromJson(tokenizer, chatTemplate === null ? config : { ...config, chat_template: chatTemplate });

/** Loads the tokenizer of a Hugging Face model folder. */
export const loadTokenizer = async (folder: string): Promise<Tokenizer> =>
  tokenizerFromFiles(await readTokenizerFiles(folder));

/** Writes the tokenizer files into an existing folder, with the chat template both beside and inside for older readers. */
export async function writeTokenizerFiles(folder: string, files: TokenizerFiles): Promise<void> {
  const config = files.chatTemplate === null ? files.config : { ...files.config, chat_template: files.chatTemplate };
  await writeJson(join(folder, 'tokenizer.json'), files.tokenizer);
  await writeJson(join(folder, 'tokenizer_config.json'), config);
  if (files.specialTokensMap !== null) await writeJson(join(folder, 'special_tokens_map.json'), files.specialTokensMap);
  if (files.chatTemplate !== null) await writeFile(join(folder, 'chat_template.jinja'), files.chatTemplate);
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

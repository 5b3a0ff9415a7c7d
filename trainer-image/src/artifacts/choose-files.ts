import { isDataFile } from '../data/rows/index.ts';
import { TrainerError } from '../errors.ts';
import type { WhenMissing } from './stores.ts';

interface Named {
  readonly path: string;
}

const pickles = /\.(bin|pt|pth|ckpt|pkl|pickle|h5|msgpack|ot)$/;

/**
 * The files of a folder that are read, out of all that a store offers: of a model configuration, tokenizer, templates and
 * one set of weights, and nothing that could be executed; of data its records. A model that is one .gguf file is that file.
 * Fails with `missing` when they do not make a model, or hold no records.
 */
export function chooseFiles<File extends Named>(offered: readonly File[], uri: string, missing: WhenMissing): File[] {
  const files = offered.filter(({ path }) => !path.includes('/'));
  return missing === 'DataInvalid' ? chooseData(files, uri) : chooseModel(files, uri);
}

/** Whether a file may be one of a model, or holds records. */
export function isReadableFile(path: string, missing: WhenMissing): boolean {
  return missing === 'DataInvalid' ? isDataFile(path) : /\.(json|txt|jinja|safetensors|gguf)$/.test(path);
}

/** The one file that an address names; fails with `missing` when it is of a kind that is not read. */
export function requireReadableFile(path: string, uri: string, missing: WhenMissing): void {
  if (missing === 'DataInvalid' ? isDataFile(path) : path.endsWith('.gguf')) return;
  throw new TrainerError(
    missing,
    missing === 'DataInvalid'
      ? `${uri} is no file of records that can be read: it must end in .jsonl, .json, .csv or .txt.`
      : `${uri} is not a .gguf file; a model is a folder in Hugging Face format or one .gguf file.`,
  );
}

function chooseData<File extends Named>(files: readonly File[], uri: string): File[] {
  const records = files.filter(({ path }) => isDataFile(path));
  if (records.length > 0) return records;
  const parquet = files.some(({ path }) => path.endsWith('.parquet')) ? '; parquet must be converted first' : '';
  throw new TrainerError(
    'DataInvalid',
    `${uri} holds no .jsonl, .json, .csv or .txt beside each other; name the file or folder that does${parquet}.`,
  );
}

function chooseModel<File extends Named>(files: readonly File[], uri: string): File[] {
  const names = files.map(({ path }) => path);
  const refuse = (sentence: string): never => {
    throw new TrainerError('ModelIncompatible', `${uri} ${sentence}.`);
  };
  const whole = names.includes('model.safetensors');
  const sharded = names.includes('model.safetensors.index.json');
  if (whole || sharded) {
    const isWeights = (path: string): boolean =>
      whole ? path === 'model.safetensors' : /^model-[0-9]+-of-[0-9]+\.safetensors$/.test(path);
    return files.filter(({ path }) => isWeights(path) || /\.(json|txt|jinja)$/.test(path));
  }
  const gguf = files.filter(({ path }) => path.endsWith('.gguf'));
  if (gguf.length === 1) return gguf;
  if (gguf.length > 1)
    return refuse(
      `holds ${gguf.length} .gguf files; name one of them, such as ${uri.replace(/\/$/, '')}/${gguf[0]?.path}`,
    );
  if (names.includes('adapter_model.safetensors'))
    return refuse('holds an adapter alone; name the base model, or a folder into which it was merged');
  if (names.some((path) => pickles.test(path)))
    return refuse(
      'has its weights only in files that run code when they are read, which is never done; ask for model.safetensors, or convert them with save_pretrained(…, safe_serialization=True)',
    );
  return refuse('holds no model.safetensors and no .gguf file; name the folder or file that is the model');
}

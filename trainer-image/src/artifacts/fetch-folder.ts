import { stat } from 'node:fs/promises';
import { TrainerError } from '../errors.ts';
import { digestFolder, requireDigest } from './digest.ts';
import { resolveExisting } from './resolve.ts';
import type { Address, Stores } from './stores.ts';

/** The folder or .gguf file of a model on this machine, its digest checked when one is pinned. */
export async function fetchFolder(address: Address, stores: Stores): Promise<string> {
  const { uri, digest } = address;
  const path = await resolveExisting(address, stores, 'ModelIncompatible');
  if (!(await stat(path)).isDirectory() && !path.endsWith('.gguf'))
    throw new TrainerError('ModelIncompatible', `${uri} is a file; a model is a Hugging Face folder or a .gguf file.`);
  if (digest !== undefined) requireDigest(uri, await digestFolder(path), digest);
  return path;
}

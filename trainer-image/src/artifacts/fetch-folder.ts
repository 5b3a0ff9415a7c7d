import { stat } from 'node:fs/promises';
import { TrainerError } from '../errors.ts';
import { digestFolder, requireDigest } from './digest.ts';
import type { Found } from './location.ts';
import { findExisting } from './resolve.ts';
import type { Address, Stores } from './stores.ts';

/** The folder or .gguf file of a model on this machine, as `fetchModel` finds it. */
export async function fetchFolder(address: Address, stores: Stores): Promise<string> {
  return (await fetchModel(address, stores)).path;
}

/** A model on this machine, its digest checked when one is pinned, and the address of exactly this content. */
export async function fetchModel(address: Address, stores: Stores): Promise<Found> {
  const { uri, digest } = address;
  const found = await findExisting(address, stores, 'ModelIncompatible');
  const { path } = found;
  if (!(await stat(path)).isDirectory() && !path.endsWith('.gguf'))
    throw new TrainerError('ModelIncompatible', `${uri} is a file; a model is a Hugging Face folder or a .gguf file.`);
  if (digest !== undefined) requireDigest(uri, await digestFolder(path), digest);
  return found;
}

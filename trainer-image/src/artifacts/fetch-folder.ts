import { stat } from 'node:fs/promises';
import { TrainerError } from '../errors.ts';
import { digestFolder, requireDigest } from './digest.ts';
import { resolveExisting } from './resolve.ts';

/** The folder of a model on this machine, its digest checked when one is pinned. */
export async function fetchFolder(
  { uri, digest }: { readonly uri: string; readonly digest?: string | undefined },
  root: string,
): Promise<string> {
  const path = await resolveExisting(uri, root, 'ModelIncompatible');
  if (!(await stat(path)).isDirectory())
    throw new TrainerError('ModelIncompatible', `${uri} is a file; a model is a Hugging Face folder.`);
  if (digest !== undefined) requireDigest(uri, await digestFolder(path), digest);
  return path;
}

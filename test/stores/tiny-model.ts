import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTinyPod } from '../../trainer-image/src/serve/tiny-model-folder.ts';

/** The files of a model of random weights, written below a folder on the way. */
export async function tinyModelFiles(folder: string): Promise<Readonly<Record<string, Buffer>>> {
  await writeTinyPod(folder);
  const model = join(folder, 'mnt/pvc/models/tiny');
  const names = await readdir(model);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(model, name))])));
}

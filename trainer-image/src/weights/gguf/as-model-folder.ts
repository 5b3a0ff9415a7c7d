import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { importGguf } from './import-gguf.ts';
import { pathExists } from '../path-exists.ts';

/**
 * The model at `path` as a folder of the model hub: itself, or for a .gguf file, or a folder with nothing else of a model, one
 * made of it below `work`, unless an earlier run has. Fails with ModelIncompatible when the file cannot be read.
 */
export async function asModelFolder(path: string, work: string): Promise<string> {
  const file = await ggufAt(path);
  if (file === null) return path;
  const { size, mtimeMs } = await stat(file);
  const name = createHash('sha256')
    .update(`${resolve(file)}\n${size}\n${mtimeMs}`)
    .digest('hex')
    .slice(0, 16);
  const folder = join(work, 'imported', name);
  // config.json is written last.
  if (await pathExists(join(folder, 'config.json'))) return folder;
  await rm(folder, { recursive: true, force: true });
  await importGguf(file, folder);
  return folder;
}

async function ggufAt(path: string): Promise<string | null> {
  if (!(await stat(path)).isDirectory()) return path;
  const names = await readdir(path);
  const files = names.filter((name) => name.endsWith('.gguf'));
  return files.length === 1 && !names.includes('config.json') ? join(path, files[0]!) : null;
}

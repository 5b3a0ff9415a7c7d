import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { copyFolder } from './copy-folder.ts';
import type { Stores } from './stores.ts';

const record = z.object({ found: z.string() });

/**
 * What a name that may move, such as a branch or a tag, stands for: as an earlier try of this container's work wrote it
 * down, so that a copy that goes on is of the same content.
 */
export async function resolveOnce(stores: Stores, name: string, resolve: () => Promise<string>): Promise<string> {
  const file = `${copyFolder(stores, name, [])}.resolved.json`;
  const before = record.safeParse(await readFile(file, 'utf8').then(JSON.parse, () => undefined));
  if (before.success) return before.data.found;
  const found = await resolve();
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify({ name, found }, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
  return found;
}

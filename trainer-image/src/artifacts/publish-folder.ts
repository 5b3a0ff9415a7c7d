import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestFolder } from './digest.ts';
import { resolveTarget } from './resolve.ts';

/**
 * Writes an artifact so that readers see the whole folder or none: `write` fills a folder beside the target, which then
 * takes its place. An artifact that is already there gives way. Returns path and digest.
 */
export async function publishFolder(
  uri: string,
  root: string,
  write: (folder: string) => Promise<void>,
): Promise<{ readonly path: string; readonly digest: string }> {
  const path = await resolveTarget(uri, root);
  const partial = `${path}.partial`;
  const replaced = `${path}.replaced`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    await write(partial);
    const digest = await digestFolder(partial);
    await flush(partial);
    await rm(replaced, { recursive: true, force: true });
    await rename(path, replaced).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(partial, path);
    await flushEntry(dirname(path));
    await rm(replaced, { recursive: true, force: true });
    return { path, digest };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** A rename may reach the disk before the bytes do, unless they are flushed. */
async function flush(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await flushEntry(join(entry.parentPath, entry.name));
  await flushEntry(folder);
}

async function flushEntry(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

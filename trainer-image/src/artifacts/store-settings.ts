import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { containerPath, containerPaths } from '../container.ts';
import { TrainerError } from '../errors.ts';
import type { Address, Stores } from './stores.ts';

/** What a store is told by the container's variables and, before them, by the keys of an address's Secret. */
export type StoreSettings = (name: string) => string | undefined;

/** Reads the settings of a store; fails with PermissionDenied when the Secret is not mounted. */
export async function storeSettings({ secretRef }: Address, stores: Stores): Promise<StoreSettings> {
  const told = { ...stores.environment, ...(secretRef ? await readSecret(secretRef.name, stores.root) : {}) };
  return (name) => told[name]?.trim() || undefined;
}

async function readSecret(name: string, root: string): Promise<Record<string, string>> {
  const folder = join(containerPath(root, containerPaths.stores), name);
  try {
    // Kubernetes keeps the keys behind links whose names begin with two dots; .dockerconfigjson is a key.
    const keys = (await readdir(folder)).filter((key) => !key.startsWith('..'));
    return Object.fromEntries(
      await Promise.all(keys.map(async (key) => [key, await readFile(join(folder, key), 'utf8')])),
    );
  } catch (cause) {
    throw new TrainerError(
      'PermissionDenied',
      `The Secret ${name} is not mounted; create it with the keys of its store, such as AWS_ACCESS_KEY_ID or HF_TOKEN.`,
      { cause },
    );
  }
}

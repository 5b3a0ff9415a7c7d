import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TrainerError } from '../../errors.ts';
import { copyFolder } from '../copy-folder.ts';
import { createHttpClient } from '../http/http-client.ts';
import type { Found } from '../location.ts';
import { resolveOnce } from '../resolve-once.ts';
import { storeSettings } from '../store-settings.ts';
import type { Address, Stores, WhenMissing } from '../stores.ts';
import { asRegistryError } from './as-registry-error.ts';
import { copyLayers, unpackLayers } from './bring-layers.ts';
import { isArchive } from './manifest.ts';
import type { Reference } from './parse-reference.ts';
import { openRegistry } from './registry.ts';

/** Copies the files of an artifact that are read; its tag is resolved to a digest once, and by every later try with it. */
export async function fetchArtifact(
  reference: Reference,
  address: Address,
  stores: Stores,
  missing: WhenMissing,
): Promise<Found> {
  const { uri } = address;
  const { signal } = stores;
  const { registry: host, name, version } = reference;
  const value = await storeSettings(address, stores);
  const client = createHttpClient(uri, value);
  const meaningOf = (error: unknown): TrainerError => asRegistryError(error, uri, missing, signal);
  try {
    const registry = openRegistry(reference, client, value, signal);
    const digest = await resolveOnce(stores, `oci://${host}/${name}:${version}`, async () =>
      version.startsWith('sha256:') ? version : (await registry.manifest(version)).digest,
    );
    const { layers } = (await registry.manifest(digest)).manifest;
    if (layers === undefined)
      throw new TrainerError(missing, `${uri} is a list of several artifacts; name one of them by its digest.`);
    const exact = `oci://${host}/${name}@${digest}`;
    const folder = copyFolder(stores, exact, []);
    const names = await readdir(folder).catch(() => undefined);
    const copy = { registry, layers, folder, uri, missing, stores, meaningOf };
    const [first, ...others] = names ?? (await (layers.some(isArchive) ? unpackLayers(copy) : copyLayers(copy)));
    const single = others.length === 0 && first?.endsWith('.gguf') ? first : undefined;
    return { path: single === undefined ? folder : join(folder, single), uri: exact };
  } catch (error) {
    throw meaningOf(error);
  } finally {
    await client.close();
  }
}

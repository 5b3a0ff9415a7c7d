import { join } from 'node:path';
import { TrainerError } from '../../errors.ts';
import { isReport, manifestName, requireDigest } from '../digest.ts';
import { copyFolder } from '../copy-folder.ts';
import { copyLimit } from '../copy-limit.ts';
import { downloadFiles, type WantedFile } from '../download-files.ts';
import { requireSafePaths } from '../manifest.ts';
import type { Address, Stores, WhenMissing } from '../stores.ts';
import { asStoreError } from './as-store-error.ts';
import { connect } from './connect.ts';
import { openObject } from './open-object.ts';
import { headObject, listObjects, readManifest, type BucketPlace, type StoredObject } from './list-objects.ts';

interface WantedObject extends StoredObject, WantedFile {}

/** Copies the file or folder at a place here and returns its path; what an earlier try has copied is kept. */
export async function fetchObjects(
  place: BucketPlace,
  address: Address,
  stores: Stores,
  missing: WhenMissing,
): Promise<string> {
  const { uri } = address;
  const { signal } = stores;
  const client = await connect(address, stores);
  try {
    const objects = await listObjects(client, place, signal);
    const manifest = objects.some(({ path }) => path === manifestName)
      ? await readManifest(client, place, signal)
      : undefined;
    if (manifest) requireDigest(uri, manifest.digest, address.digest);
    // A model is a folder; records may be one object.
    const single =
      objects.length === 0 && missing === 'DataInvalid' ? await headObject(client, place, signal) : undefined;
    const files = single
      ? [single]
      : manifest
        ? namedFiles(manifest.files, objects, uri, missing)
        : strangersFiles(objects, address, missing);
    requireSafePaths(
      files.map(({ path }) => path),
      uri,
    );
    const content = files.map(({ path, size, digest, etag }) => `${digest?.hex ?? etag}  ${size}  ${path}`);
    const folder = copyFolder(stores, uri, content);
    await downloadFiles({
      uri,
      files,
      folder,
      limit: copyLimit(stores.environment),
      signal,
      open: openObject(client, place.bucket),
      meaningOf: (error) => asStoreError(error, uri, missing, signal),
      changed: 'its manifest says; it was changed since. Publish the artifact again.',
    });
    return single ? join(folder, single.path) : folder;
  } catch (error) {
    throw asStoreError(error, uri, missing, signal);
  } finally {
    client.destroy();
  }
}

/** The files that a manifest names, without reports; each must lie there in its size. */
function namedFiles(
  named: readonly { readonly path: string; readonly size: number; readonly sha256: string }[],
  objects: readonly StoredObject[],
  uri: string,
  missing: WhenMissing,
): WantedObject[] {
  const byPath = new Map(objects.map((object) => [object.path, object]));
  return named
    .filter(({ path }) => !isReport(path))
    .map(({ path, size, sha256 }) => {
      const object = byPath.get(path);
      if (object?.size !== size)
        throw new TrainerError(
          object ? 'DigestMismatch' : missing,
          `${uri}: ${path} should have ${size} bytes and ${object ? `has ${object.size}` : 'is not there'}; publish the artifact again.`,
        );
      return { ...object, digest: { kind: 'sha256', hex: sha256 } };
    });
}

/** A folder that another program put there; the card of one of ours without its manifest tells that it is not whole. */
function strangersFiles(
  objects: readonly StoredObject[],
  { uri, digest }: Address,
  missing: WhenMissing,
): WantedObject[] {
  if (objects.length === 0)
    throw new TrainerError(missing, `${uri} is not there; check the path, and that it was published.`);
  if (digest === undefined && objects.some(({ path }) => path === 'wikigpt.json'))
    throw new TrainerError(
      missing,
      `${uri} is not finished: it has no ${manifestName}; publish it again, or pin its digest where it was copied by hand.`,
    );
  return objects.filter(({ path }) => path !== manifestName).map((object) => ({ ...object, digest: undefined }));
}

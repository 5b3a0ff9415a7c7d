import { TrainerError } from '../errors.ts';
import type { CopiedScheme, Location } from './location.ts';
import { isSafePath } from './manifest.ts';

/** `s3://bucket/path`: objects of a store that speaks S3; the SDK is loaded only where one is used. */
export const s3: CopiedScheme = {
  async fetch(location, address, stores, missing) {
    const { fetchObjects } = await import('./s3/fetch-objects.ts');
    return { path: await fetchObjects(placeOf(location), address, stores, missing), uri: address.uri };
  },
  async publish(location, address, stores, artifact) {
    const { publishObjects } = await import('./s3/publish-objects.ts');
    await publishObjects(placeOf(location), address, stores, artifact);
  },
};

function placeOf({ uri, owner, path }: Location): { readonly bucket: string; readonly path: string } {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(owner) || owner.includes('..'))
    throw new TrainerError('InvalidSpec', `"${uri}" does not begin with the name of a bucket: s3://bucket/path.`);
  const trimmed = path.replace(/\/+$/, '');
  if (!isSafePath(trimmed))
    throw new TrainerError('InvalidSpec', `"${uri}" needs a path below the bucket without "." and "..".`);
  return { bucket: owner, path: trimmed };
}

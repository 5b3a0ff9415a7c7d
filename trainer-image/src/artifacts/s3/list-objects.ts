import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { TrainerError } from '../../errors.ts';
import { manifestName, type FileDigest } from '../digest.ts';
import { parseManifest, type Manifest } from '../manifest.ts';

export interface BucketPlace {
  readonly bucket: string;
  readonly path: string;
}

/** An object of a store; its path is the key below the place that was asked for. */
export interface StoredObject {
  readonly key: string;
  readonly path: string;
  readonly size: number;
  readonly etag: string;
}

const mostObjects = 10_000;
const largestManifest = 16 * 2 ** 20;

/** The objects below a place; fails with InvalidSpec when they are more than any artifact has. */
export async function listObjects(
  client: S3Client,
  { bucket, path }: BucketPlace,
  abortSignal: AbortSignal,
): Promise<StoredObject[]> {
  const prefix = `${path}/`;
  const objects: StoredObject[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
      { abortSignal },
    );
    for (const { Key: key = '', Size: size = 0, ETag: etag = '' } of page.Contents ?? []) {
      // Some programs put an empty object where a folder would be.
      if (key.startsWith(prefix) && !key.endsWith('/'))
        objects.push({ key, path: key.slice(prefix.length), size, etag });
    }
    token = page.NextContinuationToken;
    if (objects.length > mostObjects)
      throw new TrainerError('InvalidSpec', `s3://${bucket}/${path} holds more than ${mostObjects} objects; name one.`);
  } while (token !== undefined);
  return objects;
}

/** The object of a place itself; undefined when there is none. */
export async function headObject(
  client: S3Client,
  { bucket, path }: BucketPlace,
  abortSignal: AbortSignal,
): Promise<(StoredObject & { readonly digest: FileDigest | undefined }) | undefined> {
  try {
    const {
      ContentLength: size = 0,
      ETag: etag = '',
      Metadata,
    } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: path }), { abortSignal });
    const hex = Metadata?.['sha256'];
    const digest = hex === undefined ? undefined : ({ kind: 'sha256', hex } as const);
    return { key: path, path: path.split('/').at(-1) ?? path, size, etag, digest };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The manifest of the artifact at a place; undefined when there is none. */
export async function readManifest(
  client: S3Client,
  { bucket, path }: BucketPlace,
  abortSignal: AbortSignal,
): Promise<Manifest | undefined> {
  const uri = `s3://${bucket}/${path}`;
  try {
    const { Body, ContentLength = 0 } = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: `${path}/${manifestName}` }),
      { abortSignal },
    );
    if (Body === undefined || ContentLength > largestManifest)
      throw new TrainerError(
        'DigestMismatch',
        `${uri}: ${manifestName} is not a manifest; publish the artifact again.`,
      );
    return parseManifest(await Body.transformToString(), uri);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  return name !== 'NoSuchBucket' && $metadata?.httpStatusCode === 404;
}

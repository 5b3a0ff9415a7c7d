import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { TrainerError } from '../../errors.ts';
import { manifestName, type FolderFile } from '../digest.ts';
import type { FinishedFolder } from '../location.ts';
import { manifestOf, type Manifest } from '../manifest.ts';
import type { Address, Stores } from '../stores.ts';
import { asStoreError } from './as-store-error.ts';
import { connect } from './connect.ts';
import { headObject, readManifest, type BucketPlace } from './list-objects.ts';

/** Two parts at a time are held in memory. */
const partBytes = 8 * 2 ** 20;
const mostParts = 9000;

/**
 * Puts a folder at a place, its manifest last. Files that lie there already are not sent again; the manifest of other
 * content goes first, so that no reader mixes the two.
 */
export async function publishObjects(
  place: BucketPlace,
  address: Address,
  stores: Stores,
  { folder, files }: FinishedFolder,
): Promise<void> {
  const { bucket, path } = place;
  const { signal } = stores;
  const client = await connect(address, stores);
  try {
    const before = await readManifest(client, place, signal).catch((error: unknown) => {
      if (error instanceof TrainerError) return spoiled;
      throw error;
    });
    const now = manifestOf(files);
    const manifestKey = { Bucket: bucket, Key: `${path}/${manifestName}` };
    if (before && before.digest !== now.digest)
      await client.send(new DeleteObjectCommand(manifestKey), { abortSignal: signal });
    await abortLeftovers(client, place, signal);
    for (const file of cardFirst(files)) await putFile(client, place, folder, file, signal);
    await client.send(
      new PutObjectCommand({
        ...manifestKey,
        Body: `${JSON.stringify(now, undefined, 2)}\n`,
        ContentType: 'application/json',
      }),
      { abortSignal: signal },
    );
    const kept = new Set(files.map((file) => file.path));
    for (const stale of before?.files.filter((file) => !kept.has(file.path)) ?? [])
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${path}/${stale.path}` }), {
        abortSignal: signal,
      });
  } catch (error) {
    throw asStoreError(error, address.uri, 'InvalidSpec', signal);
  } finally {
    client.destroy();
  }
}

/** Stands for a manifest that cannot be read: what lies beside it is anybody's guess, and is replaced. */
const spoiled: Manifest = { version: 1, digest: '', files: [] };

/** By wikigpt.json without a manifest readers know a folder that is not whole. */
function cardFirst(files: readonly FolderFile[]): FolderFile[] {
  return files.toSorted((a, b) => Number(b.path === 'wikigpt.json') - Number(a.path === 'wikigpt.json'));
}

async function putFile(
  client: S3Client,
  { bucket, path }: BucketPlace,
  folder: string,
  file: FolderFile,
  signal: AbortSignal,
): Promise<void> {
  const key = `${path}/${file.path}`;
  const there = await headObject(client, { bucket, path: key }, signal);
  if (there?.size === file.size && there.digest?.hex === file.sha256) return;
  const abortController = new AbortController();
  const stop = (): void => abortController.abort();
  signal.addEventListener('abort', stop, { once: true });
  const body = createReadStream(join(folder, file.path));
  try {
    signal.throwIfAborted();
    await new Upload({
      client,
      params: { Bucket: bucket, Key: key, Body: body, Metadata: { sha256: file.sha256 } },
      partSize: Math.max(partBytes, Math.ceil(file.size / mostParts)),
      queueSize: 2,
      leavePartsOnError: false,
      abortController,
    }).done();
  } finally {
    signal.removeEventListener('abort', stop);
    body.destroy();
  }
}

/** Parts of uploads that a killed process left cost money and are never seen; nobody else writes below this place. */
async function abortLeftovers(
  client: S3Client,
  { bucket, path }: BucketPlace,
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${path}/` }),
      { abortSignal },
    );
    for (const { Key, UploadId } of Uploads)
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }), { abortSignal });
  } catch (error) {
    // To see them may need a right that writing does not; a rule of the bucket can clear them as well.
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status !== 403 && status !== 501) throw error;
  }
}

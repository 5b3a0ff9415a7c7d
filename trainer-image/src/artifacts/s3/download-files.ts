import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TrainerError } from '../../errors.ts';
import { sha256OfFile } from '../digest.ts';
import type { WhenMissing } from '../stores.ts';
import { asStoreError } from './as-store-error.ts';
import { silenceMs } from './connect.ts';
import type { StoredObject } from './list-objects.ts';

export interface WantedFile extends StoredObject {
  readonly sha256: string | undefined;
}

interface Download {
  readonly uri: string;
  readonly bucket: string;
  readonly files: readonly WantedFile[];
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly missing: WhenMissing;
}

/** Tries in a row that bring no byte. */
const fruitlessTries = 5;

/** Copies files into a folder that appears when it is whole. Files and parts that an earlier process left are kept. */
export async function downloadFiles(client: S3Client, download: Download): Promise<void> {
  const { files, folder } = download;
  if ((await sizeOf(folder)) !== undefined) return;
  const partial = `${folder}.files`;
  await mkdir(partial, { recursive: true });
  const paths = files.map((file, index) => ({
    file,
    target: join(partial, file.path),
    part: `${folder}.part-${index}`,
  }));
  await requireSpace(download, paths);
  for (const { file, target, part } of paths) {
    // It got its name after its digest was checked.
    if ((await sizeOf(target)) !== undefined) continue;
    await mkdir(dirname(target), { recursive: true });
    await downloadFile(client, file, part, download);
    await rename(part, target);
  }
  await rename(partial, folder);
}

async function downloadFile(client: S3Client, file: WantedFile, part: string, download: Download): Promise<void> {
  const { uri, missing, signal } = download;
  const resumed = ((await sizeOf(part)) ?? 0) > 0;
  for (let fruitless = 0; ;) {
    const before = (await sizeOf(part)) ?? 0;
    try {
      if (before > file.size) await rm(part);
      else if (before < file.size || file.size === 0) await receive(client, file, part, before, download);
      if ((await sizeOf(part)) === file.size) break;
      throw new Error(`the answer ended before all ${file.size} bytes of ${file.path} had come`);
    } catch (error) {
      const failure = asStoreError(error, uri, missing, signal);
      if (failure.code !== 'TrainerFailed') throw failure;
      fruitless = ((await sizeOf(part)) ?? 0) > before ? 0 : fruitless + 1;
      if (fruitless >= fruitlessTries) throw failure;
      await sleep(100 * 2 ** fruitless, undefined, { signal }).catch(() => undefined);
    }
  }
  if (file.sha256 === undefined || (await sha256OfFile(part)) === file.sha256) return;
  await rm(part);
  // The beginning may be what a machine that lost its power had not yet written.
  if (resumed) return downloadFile(client, file, part, download);
  throw new TrainerError(
    'DigestMismatch',
    `${uri}: ${file.path} is not what its manifest says; it was changed since. Publish the artifact again.`,
  );
}

/** Appends what is missing of a file; gives up when nothing comes for a while, or more than was announced. */
async function receive(
  client: S3Client,
  { key, size, path, etag }: WantedFile,
  part: string,
  have: number,
  { bucket, signal, uri }: Download,
): Promise<void> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), silenceMs);
  const abortSignal = AbortSignal.any([signal, stalled.signal]);
  try {
    const { Body, ContentRange } = await client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        IfMatch: etag,
        ...(have > 0 ? { Range: `bytes=${have}-` } : {}),
      }),
      { abortSignal },
    );
    // A server that knows no ranges sends the whole file again.
    const start = have > 0 && ContentRange?.startsWith(`bytes ${have}-`) ? have : 0;
    let received = start;
    const watched = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        timer.refresh();
        received += chunk.length;
        if (received > size)
          throw new TrainerError('DigestMismatch', `${uri}: ${path} is longer than the ${size} bytes it should have.`);
        yield chunk;
      }
    };
    const file = createWriteStream(part, { flags: start > 0 ? 'a' : 'w', flush: true });
    await pipeline(Body as Readable, watched, file, { signal: abortSignal });
  } finally {
    clearTimeout(timer);
  }
}

async function requireSpace(
  { folder, uri }: Download,
  paths: readonly { readonly file: WantedFile; readonly target: string; readonly part: string }[],
): Promise<void> {
  let needed = 0;
  for (const { file, target, part } of paths)
    if ((await sizeOf(target)) === undefined) needed += file.size - Math.min(file.size, (await sizeOf(part)) ?? 0);
  const { bavail, bsize } = await statfs(dirname(folder));
  if (needed > bavail * bsize)
    throw new TrainerError(
      'DiskFull',
      `${uri} needs ${needed} bytes more and ${dirname(folder)} has ${bavail * bsize} left; use a larger volume.`,
    );
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

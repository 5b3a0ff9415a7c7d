import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { TrainerError } from '../errors.ts';
import { hasDigest, type FileDigest } from './digest.ts';

/** How long a server may say nothing before the call is made again. */
export const silenceMs = 60_000;

export interface WantedFile {
  /** Below the folder of the copy, with `/` between names. */
  readonly path: string;
  readonly size: number;
  /** What its bytes must have; nothing where the store keeps none. */
  readonly digest: FileDigest | undefined;
}

/** What comes of a file from a byte on. */
export interface OpenFile {
  /** The byte that it begins with: 0 from a server that knows no ranges. */
  readonly start: number;
  readonly body: AsyncIterable<Buffer>;
}

export interface Download<File extends WantedFile> {
  readonly uri: string;
  readonly files: readonly File[];
  readonly folder: string;
  /** Bytes that the files may have together. */
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly open: (file: File, from: number, signal: AbortSignal) => Promise<OpenFile>;
  /** What a failure means; TrainerFailed is one that may pass. */
  readonly meaningOf: (error: unknown) => TrainerError;
  /** Ends the sentence on a file that is not what it should be. */
  readonly changed: string;
}

/** Tries in a row that bring no byte. */
const fruitlessTries = 5;

/** Copies files into a folder that appears when it is whole. Files and parts that an earlier process left are kept. */
export async function downloadFiles<File extends WantedFile>(download: Download<File>): Promise<void> {
  const { files, folder } = download;
  if ((await sizeOf(folder)) !== undefined) return;
  requireWithinLimit(download.uri, files, download.limit);
  const partial = `${folder}.files`;
  await mkdir(partial, { recursive: true });
  const paths = files.map((file, index) => ({
    file,
    target: join(partial, file.path),
    part: `${folder}.part-${index}`,
  }));
  await requireSpace(download.uri, folder, paths);
  for (const { file, target, part } of paths) {
    // It got its name after its digest was checked.
    if ((await sizeOf(target)) !== undefined) continue;
    await mkdir(dirname(target), { recursive: true });
    await downloadFile(file, part, download);
    await rename(part, target);
  }
  await rename(partial, folder);
}

async function downloadFile<File extends WantedFile>(
  file: File,
  part: string,
  download: Download<File>,
): Promise<void> {
  const { uri, meaningOf, signal, changed } = download;
  const resumed = ((await sizeOf(part)) ?? 0) > 0;
  for (let fruitless = 0; ;) {
    const before = (await sizeOf(part)) ?? 0;
    try {
      if (before > file.size) await rm(part);
      else if (before < file.size || file.size === 0) await receive(file, part, before, download);
      if ((await sizeOf(part)) === file.size) break;
      throw new Error(`the answer ended before all ${file.size} bytes of ${file.path} had come`);
    } catch (error) {
      const failure = meaningOf(error);
      if (failure.code !== 'TrainerFailed') throw failure;
      fruitless = ((await sizeOf(part)) ?? 0) > before ? 0 : fruitless + 1;
      if (fruitless >= fruitlessTries) throw failure;
      await sleep(100 * 2 ** fruitless, undefined, { signal }).catch(() => undefined);
    }
  }
  if (file.digest === undefined || (await hasDigest(part, file.digest))) return;
  await rm(part);
  // The beginning may be what a machine that lost its power had not yet written.
  if (resumed) return downloadFile(file, part, download);
  throw new TrainerError('DigestMismatch', `${uri}: ${file.path} is not what ${changed}`);
}

/** Appends what is missing of a file; gives up when nothing comes for a while, or more than was announced. */
async function receive<File extends WantedFile>(
  file: File,
  part: string,
  have: number,
  { open, signal, uri }: Download<File>,
): Promise<void> {
  const { size, path } = file;
  // How long an answer may take to begin, its client knows, which may be told to wait.
  const { start, body } = await open(file, have, signal);
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), silenceMs);
  try {
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
    const target = createWriteStream(part, { flags: start > 0 ? 'a' : 'w', flush: true });
    await pipeline(body, watched, target, { signal: AbortSignal.any([signal, stalled.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

function requireWithinLimit(uri: string, files: readonly WantedFile[], limit: number): void {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (total > limit)
    throw new TrainerError(
      'InvalidSpec',
      `${uri} holds ${total} bytes to copy and ${limit} are allowed; name a smaller model or fewer files, or raise WIKIGPT_COPY_LIMIT.`,
    );
}

async function requireSpace(
  uri: string,
  folder: string,
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

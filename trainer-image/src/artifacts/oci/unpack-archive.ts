import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { TrainerError } from '../../errors.ts';
import { isSafePath } from '../manifest.ts';

interface UnpackOptions {
  readonly uri: string;
  readonly folder: string;
  /** Bytes that may still be written; an archive says nothing of what it unpacks to. */
  readonly room: number;
  readonly wants: (path: string) => boolean;
  readonly signal: AbortSignal;
}

interface Unpacked {
  readonly files: readonly string[];
  readonly bytes: number;
}

const mostEntries = 10_000;

/** Unpacks the wanted files of a tar, compressed or not, into a folder; returns their paths and bytes. Fails with InvalidSpec when one leads out of it. */
export async function unpackArchive(archive: string, options: UnpackOptions): Promise<Unpacked> {
  const { signal } = options;
  const entries = extract();
  const unpacked = readEntries(entries, options);
  // Its failure is reported by what it makes of the streams before it.
  unpacked.catch((error: unknown) => entries.destroy(error as Error));
  await pipeline(createReadStream(archive), await decompressor(archive), entries, { signal }).catch(
    async (error: unknown) => {
      await unpacked;
      throw error;
    },
  );
  return unpacked;
}

async function readEntries(entries: Extract, { uri, folder, room, wants, signal }: UnpackOptions): Promise<Unpacked> {
  const paths = new Set<string>();
  let left = room;
  let count = 0;
  const refuse = (sentence: string): never => {
    throw new TrainerError('InvalidSpec', `${uri} ${sentence}.`);
  };
  for await (const entry of entries) {
    const { name, type, size } = entry.header;
    const path = name.replace(/^(\.\/)+/, '').replace(/\/$/, '');
    count += 1;
    if (count > mostEntries) refuse(`holds an archive of more than ${mostEntries} files`);
    if (path !== '' && path !== '.' && !isSafePath(path))
      refuse(`holds an archive with ${JSON.stringify(path.slice(0, 200))}, which cannot be a file here`);
    if (type === 'symlink' || type === 'link') refuse(`holds an archive with the link ${path}; pack files, not links`);
    if (type !== 'file' || !wants(path)) {
      entry.resume();
      continue;
    }
    left -= size;
    if (left < 0) refuse(`unpacks to more than ${room} bytes; name a smaller model, or raise WIKIGPT_COPY_LIMIT`);
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await pipeline(entry, createWriteStream(target, { flush: true }), { signal });
    paths.add(path);
  }
  return { files: [...paths], bytes: room - left };
}

/** By its first bytes, since types and names of layers are written by hand. */
async function decompressor(archive: string): Promise<Transform> {
  const file = await open(archive);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const magic = buffer.toString('hex');
    if (magic.startsWith('1f8b')) return createGunzip();
    return magic === '28b52ffd' ? createZstdDecompress() : new PassThrough();
  } finally {
    await file.close();
  }
}

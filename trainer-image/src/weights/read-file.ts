import { open, type FileHandle } from 'node:fs/promises';
import { TrainerError } from '../errors.ts';

/** Opens a file for one use. */
export async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r');
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Reads exactly `length` bytes into a buffer of their own, so that typed arrays over it are aligned; fails with ModelIncompatible at the end of the file. */
export async function readBytes(
  file: FileHandle,
  position: number,
  length: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    // One read may return at most 2 GiB.
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 0x4000_0000), position + done);
    if (bytesRead === 0) throw new TrainerError('ModelIncompatible', `${path} ended early; copy or download it again.`);
    done += bytesRead;
  }
  return bytes;
}

import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TrainerError } from '../errors.ts';

/** `sha256:` and the digest of bytes. */
export const digestOf = (bytes: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A file of a folder; its path has `/` between names. */
export interface FolderFile {
  readonly path: string;
  readonly size: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** The file beside an artifact's own that names them, where a store cannot put a whole folder in place at once. */
export const manifestName = 'wikigpt-artifact.json';

/** The files of a folder, sorted by path. */
export async function filesOf(folder: string): Promise<FolderFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => path !== manifestName)
    .sort();
  const files: FolderFile[] = [];
  for (const path of paths) {
    const file = join(folder, path);
    files.push({ path, size: (await stat(file)).size, sha256: await sha256OfFile(file) });
  }
  return files;
}

/** A digest that a store keeps of a file: of its bytes, or as git names a blob. */
export interface FileDigest {
  readonly kind: 'sha256' | 'gitBlob';
  /** Hexadecimal digits. */
  readonly hex: string;
}

/** The SHA-256 of a file's bytes, as hexadecimal digits. */
async function sha256OfFile(path: string): Promise<string> {
  return hashFile(path, createHash('sha256'));
}

/** Whether a file has the digest that a store keeps of it. */
export async function hasDigest(path: string, { kind, hex }: FileDigest): Promise<boolean> {
  if (kind === 'sha256') return (await sha256OfFile(path)) === hex;
  // Git hashes the length before the bytes.
  const hash = createHash('sha1').update(`blob ${(await stat(path)).size}\0`);
  return (await hashFile(path, hash)) === hex;
}

async function hashFile(path: string, hash: Hash): Promise<string> {
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Reports are about an artifact, not of it: they may be written after its digest is known. */
export const isReport = (path: string): boolean => /^report\.[^/]*$/.test(path);

/** The digest of a folder: of the sorted lines "sha256  path" over all its files but report.*. */
export function digestOfFiles(files: readonly FolderFile[]): string {
  const lines = files
    .filter(({ path }) => !isReport(path))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, sha256 }) => `${sha256}  ${path}\n`);
  return digestOf(lines.join(''));
}

/** The digest of a folder of this machine; of a model that is one file, that of its bytes. */
export async function digestFolder(folder: string): Promise<string> {
  if ((await stat(folder)).isFile()) return `sha256:${await sha256OfFile(folder)}`;
  return digestOfFiles(await filesOf(folder));
}

/** Fails with DigestMismatch when something pinned is not what it was. */
export function requireDigest(what: string, found: string, pinned: string | undefined): void {
  if (pinned !== undefined && pinned !== found)
    throw new TrainerError(
      'DigestMismatch',
      `${what} has the digest ${found}, but ${pinned} is pinned; it was changed since. Restore it or pin the new digest.`,
    );
}

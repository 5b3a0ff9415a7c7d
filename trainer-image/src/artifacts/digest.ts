import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TrainerError } from '../errors.ts';

/** `sha256:` and the digest of bytes. */
export const digestOf = (bytes: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** `sha256:` and the digest of a file's bytes. */
async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest('hex')}`;
}

/** Reports are about an artifact, not of it: they may be written after its digest is known. */
const isReport = (path: string): boolean => /^report\.[^/]*$/.test(path);

/** The digest of a folder: of the sorted lines "sha256  path" over all its files but report.*. */
export async function digestFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !isReport(path))
    .sort();
  const lines: string[] = [];
  for (const path of paths) lines.push(`${(await digestFile(join(folder, path))).slice('sha256:'.length)}  ${path}\n`);
  return digestOf(lines.join(''));
}

/** Fails with DigestMismatch when something pinned is not what it was. */
export function requireDigest(what: string, found: string, pinned: string | undefined): void {
  if (pinned !== undefined && pinned !== found)
    throw new TrainerError(
      'DigestMismatch',
      `${what} has the digest ${found}, but ${pinned} is pinned; it was changed since. Restore it or pin the new digest.`,
    );
}

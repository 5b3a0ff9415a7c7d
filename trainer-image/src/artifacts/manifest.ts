import { z } from 'zod';
import { TrainerError } from '../errors.ts';
import { digestOfFiles, manifestName, type FolderFile } from './digest.ts';

const manifest = z.object({
  version: z.literal(1),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  files: z
    .array(z.object({ path: z.string(), size: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .min(1),
});

/** What an artifact in a store holds. It is written last: an artifact without it is not finished. */
export type Manifest = z.infer<typeof manifest>;

/** The manifest of a folder's files. */
export function manifestOf(files: readonly FolderFile[]): Manifest {
  return { version: 1, digest: digestOfFiles(files), files: [...files] };
}

/** Reads a manifest that lies at `uri`; fails with DigestMismatch when it does not agree with itself. */
export function parseManifest(text: string, uri: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const parsed = manifest.safeParse(json);
  if (!parsed.success || digestOfFiles(parsed.data.files) !== parsed.data.digest)
    throw new TrainerError(
      'DigestMismatch',
      `${uri}: ${manifestName} is not what was written there; publish the artifact again.`,
    );
  requireSafePaths(
    parsed.data.files.map(({ path }) => path),
    uri,
  );
  return parsed.data;
}

/** Whether a path that somebody else wrote stays below the folder that it is joined to. */
export function isSafePath(path: string): boolean {
  return (
    path.length <= 1024 &&
    // oxlint-disable-next-line no-control-regex
    !/[\\\u0000-\u001f]/.test(path) &&
    path.split('/').every((name) => !['', '.', '..'].includes(name) && Buffer.byteLength(name) <= 255)
  );
}

/** Fails with InvalidSpec when a path leads out of its folder, or one names both a file and a folder. */
export function requireSafePaths(paths: readonly string[], uri: string): void {
  const all = new Set(paths);
  const isFileAndFolder = (path: string): boolean =>
    [...path.matchAll(/\//g)].some(({ index }) => all.has(path.slice(0, index)));
  const bad = paths.find((path) => !isSafePath(path) || isFileAndFolder(path));
  if (bad !== undefined)
    throw new TrainerError(
      'InvalidSpec',
      `${uri} holds ${JSON.stringify(bad.slice(0, 200))}, which cannot be a file here; remove or rename that object.`,
    );
}

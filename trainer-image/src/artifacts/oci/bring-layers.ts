import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TrainerError } from '../../errors.ts';
import { chooseFiles, isReadableFile } from '../choose-files.ts';
import { copyLimit } from '../copy-limit.ts';
import { downloadFiles, type WantedFile } from '../download-files.ts';
import { requireSafePaths } from '../manifest.ts';
import type { Stores, WhenMissing } from '../stores.ts';
import { isArchive, titleOf, type Layer } from './manifest.ts';
import type { Registry } from './registry.ts';
import { unpackArchive } from './unpack-archive.ts';

/** An artifact whose files become a folder of this machine. */
interface Artifact {
  readonly registry: Registry;
  readonly layers: readonly Layer[];
  readonly folder: string;
  readonly uri: string;
  readonly missing: WhenMissing;
  readonly stores: Stores;
  readonly meaningOf: (error: unknown) => TrainerError;
}

interface LayerFile extends WantedFile {
  readonly blob: string;
}

/** Copies layers that are files each; returns the names of those that were chosen. */
export async function copyLayers(artifact: Artifact): Promise<string[]> {
  const { layers, folder, uri, missing } = artifact;
  const files = layers.flatMap((layer) => {
    const path = titleOf(layer);
    return path === undefined ? [] : [layerFile(layer, path)];
  });
  requireSafePaths(
    files.map(({ path }) => path),
    uri,
  );
  const chosen = chooseFiles(belowHome(files, missing), uri, missing);
  await download(artifact, folder, chosen);
  return chosen.map(({ path }) => path);
}

/** Copies layers of which some are archives, and unpacks these; returns the names of the files that were chosen. */
export async function unpackLayers(artifact: Artifact): Promise<string[]> {
  const { layers, folder, uri, missing, stores } = artifact;
  const wants = (path: string): boolean => isReadableFile(path, missing);
  const archives = layers.filter(isArchive).map((layer) => layerFile(layer, `${layer.digest.slice(7)}.archive`));
  const plain = layers.flatMap((layer) => {
    const path = titleOf(layer);
    return isArchive(layer) || path === undefined || !wants(path) ? [] : [layerFile(layer, path)];
  });
  requireSafePaths(
    plain.map(({ path }) => path),
    uri,
  );
  const [brought, tree, chosenFolder] = [`${folder}.layers`, `${folder}.tree`, `${folder}.chosen`];
  await download(artifact, brought, [...archives, ...plain]);
  // What a killed process had unpacked nobody has checked.
  for (const unfinished of [tree, chosenFolder]) await rm(unfinished, { recursive: true, force: true });
  const paths = plain.map(({ path }) => path);
  for (const path of paths) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await copyFile(join(brought, path), join(tree, path));
  }
  let room = copyLimit(stores.environment);
  for (const { path } of archives) {
    const unpacked = await unpackArchive(join(brought, path), {
      uri,
      folder: tree,
      room,
      wants,
      signal: stores.signal,
    });
    paths.push(...unpacked.files);
    room -= unpacked.bytes;
  }
  const chosen = chooseFiles(
    belowHome(
      [...new Set(paths)].map((path) => ({ path, from: path })),
      missing,
    ),
    uri,
    missing,
  );
  await mkdir(chosenFolder);
  for (const { path, from } of chosen) await rename(join(tree, from), join(chosenFolder, path));
  await rename(chosenFolder, folder);
  for (const used of [tree, brought]) await rm(used, { recursive: true, force: true });
  return chosen.map(({ path }) => path);
}

async function download(
  { registry, uri, stores, meaningOf }: Artifact,
  folder: string,
  files: readonly LayerFile[],
): Promise<void> {
  await downloadFiles({
    uri,
    files,
    folder,
    limit: copyLimit(stores.environment),
    signal: stores.signal,
    open: async ({ blob }, from, signal) => registry.open(blob, from, signal),
    meaningOf,
    changed: 'its digest says; run again, and ask whoever runs a mirror or proxy in between.',
  });
}

function layerFile({ digest, size }: Layer, path: string): LayerFile {
  return { path, size, blob: digest, digest: { kind: 'sha256', hex: digest.slice('sha256:'.length) } };
}

/** The files of the folder nearest to the top that a model or records lie in, with paths from there: packers keep the folder's name. */
function belowHome<File extends { readonly path: string }>(files: readonly File[], missing: WhenMissing): File[] {
  const isKey = ({ path }: File): boolean =>
    missing === 'DataInvalid'
      ? isReadableFile(path, missing)
      : basename(path) === 'config.json' || path.endsWith('.gguf');
  const depth = (path: string): number => path.split('/').length;
  const [key] = files.filter(isKey).toSorted((a, b) => depth(a.path) - depth(b.path));
  const home = key?.path.includes('/') ? `${dirname(key.path)}/` : '';
  return files
    .filter(({ path }) => path.startsWith(home))
    .map((file) => ({ ...file, path: file.path.slice(home.length) }));
}

import { join } from 'node:path';
import { TrainerError } from '../../errors.ts';
import { copyFolder } from '../copy-folder.ts';
import { copyLimit } from '../copy-limit.ts';
import { downloadFiles, type WantedFile } from '../download-files.ts';
import { createHttpClient } from '../http/http-client.ts';
import type { Found } from '../location.ts';
import { requireSafePaths } from '../manifest.ts';
import { chooseFiles, requireReadableFile } from '../choose-files.ts';
import { resolveOnce } from '../resolve-once.ts';
import { storeSettings } from '../store-settings.ts';
import type { Address, Stores, WhenMissing } from '../stores.ts';
import { asHubError } from './as-hub-error.ts';
import { openHub, type Hub } from './hub.ts';
import type { Repository } from './parse-repository.ts';

interface RepositoryFile extends WantedFile {
  /** Path in the repository. */
  readonly at: string;
}

/** Copies the files of a repository that are read; its revision is resolved once, and by every later try with it. */
export async function fetchRepository(
  repository: Repository,
  address: Address,
  stores: Stores,
  missing: WhenMissing,
): Promise<Found> {
  const { uri } = address;
  const { signal } = stores;
  const value = await storeSettings(address, stores);
  const endpoint = (value('HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, '');
  if (!/^https?:\/\/[^\s/]/.test(endpoint))
    throw new TrainerError(
      'InvalidSpec',
      `HF_ENDPOINT is "${endpoint}"; write an address such as https://hub.example.`,
    );
  const token = value('HF_TOKEN');
  const client = createHttpClient(uri, value);
  const meaningOf = (error: unknown): TrainerError =>
    asHubError(error, { uri, endpoint, hasToken: token !== undefined, missing, signal });
  try {
    const hub = openHub({ client, endpoint, token, signal });
    const name = `hf://${repository.type === 'dataset' ? 'datasets/' : ''}${repository.name}`;
    const commit = await resolveOnce(stores, `${name}@${repository.revision}`, async () => hub.commitOf(repository));
    const exact = `${name}@${commit}`;
    const { files, single } = await filesOf(repository, commit, hub, uri, missing);
    requireSafePaths(
      files.map(({ path }) => path),
      uri,
    );
    const content = files.map(({ path, size, digest }) => `${digest?.hex}  ${size}  ${path}`);
    const folder = copyFolder(stores, exact, content);
    await downloadFiles({
      uri,
      files,
      folder,
      limit: copyLimit(stores.environment),
      signal,
      open: async ({ at }, from, abortSignal) => hub.open(repository, commit, at, from, abortSignal),
      meaningOf,
      changed: `${endpoint} says it is; run again, and ask whoever runs a mirror or proxy in between.`,
    });
    const below = repository.path === '' ? '' : `/${repository.path}`;
    return { path: single === undefined ? folder : join(folder, single), uri: `${exact}${below}` };
  } catch (error) {
    throw meaningOf(error);
  } finally {
    await client.close();
  }
}

/** The files to copy; `single` names the one that the address is, where it is a file. */
async function filesOf(
  repository: Repository,
  commit: string,
  hub: Hub,
  uri: string,
  missing: WhenMissing,
): Promise<{ readonly files: RepositoryFile[]; readonly single: string | undefined }> {
  const { path } = repository;
  const parent = path.split('/').slice(0, -1).join('/');
  const named = path === '' ? undefined : (await hub.list(repository, commit, parent)).find((one) => one.path === path);
  if (path !== '' && named === undefined)
    throw new TrainerError(missing, `${uri} has no such file at this revision; check the path.`);
  if (named?.type === 'file') {
    requireReadableFile(path, uri, missing);
    const file = wanted(named, parent);
    return { files: [file], single: file.path };
  }
  const entries = await hub.list(repository, commit, path);
  const files = entries.filter(({ type }) => type === 'file').map((entry) => wanted(entry, path));
  const chosen = chooseFiles(files, uri, missing);
  return { files: chosen, single: chosen[0]?.path.endsWith('.gguf') ? chosen[0].path : undefined };
}

function wanted(
  { path: at, size, oid, lfs }: Awaited<ReturnType<Hub['list']>>[number],
  folder: string,
): RepositoryFile {
  const path = folder === '' ? at : at.slice(folder.length + 1);
  if (lfs) return { at, path, size: lfs.size, digest: { kind: 'sha256', hex: lfs.oid } };
  return { at, path, size, digest: oid === undefined ? undefined : { kind: 'gitBlob', hex: oid } };
}

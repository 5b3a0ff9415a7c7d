import { join } from 'node:path';
import { TrainerError } from '../../errors.ts';
import { requireReadableFile } from '../choose-files.ts';
import { copyFolder } from '../copy-folder.ts';
import { copyLimit } from '../copy-limit.ts';
import { downloadFiles } from '../download-files.ts';
import type { Found } from '../location.ts';
import { requireSafePaths } from '../manifest.ts';
import { storeSettings } from '../store-settings.ts';
import type { Address, Stores, WhenMissing } from '../stores.ts';
import { asHttpError } from './as-http-error.ts';
import { createHttpClient, type HttpAnswer, type HttpCall, type HttpClient } from './http-client.ts';
import { HttpRefusal, openUrl } from './open-url.ts';

/** Copies one file of a web server. */
export async function fetchUrl(address: Address, stores: Stores, missing: WhenMissing): Promise<Found> {
  const { uri, digest } = address;
  const { signal } = stores;
  const path = fileName(uri, missing);
  const value = await storeSettings(address, stores);
  const client = createHttpClient(uri, value);
  const call: HttpCall = { authorization: value('HTTP_AUTHORIZATION'), signal };
  const meaningOf = (error: unknown): TrainerError => asWebError(error, uri, missing, signal);
  try {
    const { size, version, resumes } = await probe(client, uri, call);
    const sha256 = digest?.slice('sha256:'.length);
    const file = { path, size, digest: sha256 === undefined ? undefined : ({ kind: 'sha256', hex: sha256 } as const) };
    const folder = copyFolder(stores, uri, [sha256 ?? version, String(size)]);
    await downloadFiles({
      uri,
      files: [file],
      folder,
      limit: copyLimit(stores.environment),
      signal,
      open: async (_file, from, abortSignal) => {
        // Of another version the server sends all.
        const headers = from > 0 ? { 'if-range': version } : {};
        return openUrl(client, uri, resumes ? from : 0, { ...call, headers, signal: abortSignal });
      },
      meaningOf,
      changed: `${digest}, which is pinned; it was changed since. Find out by whom, or pin the new digest.`,
    });
    return { path: join(folder, path), uri };
  } catch (error) {
    throw meaningOf(error);
  } finally {
    await client.close();
  }
}

/** The name of the file that a URL is; fails when it can be none that is read. */
function fileName(uri: string, missing: WhenMissing): string {
  let name: string;
  try {
    const { pathname, username, password } = new URL(uri);
    if (username !== '' || password !== '')
      throw new TrainerError('InvalidSpec', 'An address holds no password: put HTTP_AUTHORIZATION into a Secret.');
    name = decodeURIComponent(pathname.split('/').at(-1) ?? '');
  } catch (error) {
    if (error instanceof TrainerError) throw error;
    throw new TrainerError('InvalidSpec', `"${uri}" is not the address of a file on a web server.`, { cause: error });
  }
  if (name === '' || /\.(tar|tgz|zip|gz|zst|safetensors)$/.test(name))
    throw new TrainerError(
      'InvalidSpec',
      `${uri} is no single file that can be read: name a .gguf file or a file of records; folders and archives are read from hf://, s3://, oci:// or pvc://.`,
    );
  requireSafePaths([name], uri);
  requireReadableFile(name, uri, missing);
  return name;
}

interface Probed {
  readonly size: number;
  /** What the server says that changes with the content. */
  readonly version: string;
  /** Whether a part of exactly this version can be asked for. */
  readonly resumes: boolean;
}

/** Asks for the first byte: addresses that are signed for reading refuse HEAD. */
async function probe(client: HttpClient, uri: string, call: HttpCall): Promise<Probed> {
  const headers = { 'accept-encoding': 'identity', range: 'bytes=0-0' };
  const answer = await client.call(uri, { ...call, headers });
  await answer.body.dump();
  const size = sizeOf(answer);
  const { etag = '', 'last-modified': modified = '' } = answer.headers;
  const strong = etag.startsWith('W/') ? modified : etag || modified;
  const version = strong || etag;
  if (size === undefined || version === '')
    throw new TrainerError(
      'InvalidSpec',
      `${uri}: its server does not say ${size === undefined ? 'how long the file is' : 'which version of the file it sends (ETag or Last-Modified)'}; put the file on one that does, or into a bucket.`,
    );
  return { size, version, resumes: strong !== '' };
}

function sizeOf({ status, headers }: HttpAnswer): number | undefined {
  const range = headers['content-range'] ?? '';
  // An empty file has no first byte.
  const text =
    status === 206 || (status === 416 && range === 'bytes */0')
      ? range.split('/')[1]
      : status === 200
        ? headers['content-length']
        : undefined;
  if (status !== 200 && text === undefined) throw new HttpRefusal(status, headers);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function asWebError(error: unknown, uri: string, missing: WhenMissing, signal: AbortSignal): TrainerError {
  return asHttpError(
    error,
    { uri, signal },
    {
      silent: (message) => `was not read to its end (${message})`,
      refused({ status }) {
        if (status === 401 || status === 403)
          return [
            'PermissionDenied',
            `may not be read (${status}); put HTTP_AUTHORIZATION into a Secret and name it by secretRef`,
          ];
        if (status === 404 || status === 410) return [missing, `is not there (${status}); check the address`];
        return ['TrainerFailed', `could not be read: its server answered with ${status}; run again later`];
      },
    },
  );
}

import { datasetInfo, listFiles, modelInfo, type ListFileEntry } from '@huggingface/hub';
import { TrainerError } from '../../errors.ts';
import type { OpenFile } from '../download-files.ts';
import type { HttpClient } from '../http/http-client.ts';
import { openUrl, readText } from '../http/open-url.ts';
import type { Repository } from './parse-repository.ts';

/** A hub as one address needs it: what its repositories hold, and their bytes. */
export interface Hub {
  /** The commit that a branch, tag or commit names now. */
  commitOf(repository: Repository): Promise<string>;
  /** What lies in a folder at a commit. */
  list(repository: Repository, commit: string, folder: string): Promise<ListFileEntry[]>;
  open(repository: Repository, commit: string, path: string, from: number, signal: AbortSignal): Promise<OpenFile>;
}

interface HubOptions {
  readonly client: HttpClient;
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

const mostEntries = 10_000;
const largestPage = 32 * 2 ** 20;

/** The hub at an endpoint. The token goes to it and to no other server that it sends us to. */
export function openHub({ client, endpoint, token, signal }: HubOptions): Hub {
  const authorizationAt = (url: string): string | undefined =>
    token !== undefined && new URL(url).origin === new URL(endpoint).origin ? `Bearer ${token}` : undefined;
  // The library's own client follows any redirect, waits for ever and asks once.
  const fetch: typeof globalThis.fetch = async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = { accept: 'application/json', 'accept-encoding': 'identity' };
    const answer = await client.call(url, { authorization: authorizationAt(url), signal, headers });
    const { link } = answer.headers;
    return new Response(await readText(answer, largestPage), typeof link === 'string' ? { headers: { link } } : {});
  };
  const common = { hubUrl: endpoint, fetch };
  return {
    async commitOf({ type, name, revision }) {
      const asked = { ...common, name, revision };
      const { sha } =
        type === 'model'
          ? await modelInfo({ ...asked, additionalFields: ['sha'] })
          : await datasetInfo({ ...asked, additionalFields: ['sha'] });
      if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha))
        throw new Error(`it did not say which commit ${revision} is`);
      return sha;
    },
    async list({ type, name }, commit, folder) {
      const entries: ListFileEntry[] = [];
      const asked = { ...common, repo: { type, name }, revision: commit, path: encodePath(folder) };
      for await (const entry of listFiles(asked)) {
        entries.push(entry);
        if (entries.length > mostEntries)
          throw new TrainerError(
            'InvalidSpec',
            `hf://${name} holds more than ${mostEntries} files in one folder; name one of them.`,
          );
      }
      return entries;
    },
    async open({ type, name }, commit, path, from, abortSignal) {
      const url = `${endpoint}/${type === 'dataset' ? 'datasets/' : ''}${name}/resolve/${commit}/${encodePath(path)}`;
      return openUrl(client, url, from, { authorization: authorizationAt(url), signal: abortSignal });
    },
  };
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

import { z } from 'zod';
import { TrainerError } from '../../errors.ts';
import { digestOf } from '../digest.ts';
import type { OpenFile } from '../download-files.ts';
import type { HttpClient } from '../http/http-client.ts';
import { HttpRefusal, openUrl, readText } from '../http/open-url.ts';
import type { StoreSettings } from '../store-settings.ts';
import { manifest, manifestTypes, type Manifest } from './manifest.ts';
import type { Reference } from './parse-reference.ts';
import { registryCredentials } from './registry-credentials.ts';

/** A registry as one artifact needs it. */
export interface Registry {
  /** The manifest of a version, and its digest. */
  manifest(version: string): Promise<{ readonly digest: string; readonly manifest: Manifest }>;
  /** Opens a blob from a byte on. */
  open(digest: string, from: number, signal: AbortSignal): Promise<OpenFile>;
}

const largestManifest = 4 * 2 ** 20;
const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** The registry of a reference; it says itself by what way it wants to be told who asks. */
export function openRegistry(
  { registry, name }: Reference,
  client: HttpClient,
  value: StoreSettings,
  signal: AbortSignal,
): Registry {
  // The registry that docker.io stands for has a host of its own.
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const isLocal = /^(localhost|127\.[0-9.]+)(:|$)/.test(host);
  const base = `${isLocal || value('OCI_PLAIN_HTTP') === 'true' ? 'http' : 'https'}://${host}/v2/${name}`;
  const basic = registryCredentials(registry, value);
  let authorization: string | undefined;

  /** Makes a call, and once more after the registry was told who asks: tokens last for minutes, large copies longer. */
  async function knocking<T>(call: (authorization: string | undefined) => Promise<T>): Promise<T> {
    try {
      return await call(authorization);
    } catch (error) {
      if (!(error instanceof HttpRefusal) || error.status !== 401) throw error;
      const told = await answerChallenge(error.headers['www-authenticate'] ?? '');
      if (told === undefined) throw error;
      authorization = told;
      return call(authorization);
    }
  }

  async function answerChallenge(challenge: string): Promise<string | undefined> {
    if (/^basic\b/i.test(challenge)) return basic;
    const told = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]));
    const { realm = '', service } = told;
    if (!/^bearer\b/i.test(challenge) || !URL.canParse(realm)) return undefined;
    const url = new URL(realm);
    if (url.protocol !== 'https:' && base.startsWith('https:')) return undefined;
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', `repository:${name}:pull`);
    const answer = await client.call(url.href, { authorization: basic, signal });
    const { token, access_token: other } = tokenAnswer.parse(JSON.parse(await readText(answer, largestManifest)));
    return `Bearer ${token ?? other ?? ''}`;
  }

  return {
    async manifest(version) {
      const headers = { accept: manifestTypes.join(', ') };
      const url = `${base}/manifests/${version}`;
      const text = await knocking(async (told) =>
        readText(await client.call(url, { headers, authorization: told, signal }), largestManifest),
      );
      const digest = digestOf(text);
      if (version.startsWith('sha256:') && version !== digest)
        throw new TrainerError('DigestMismatch', `${registry}/${name} sent a manifest that is not ${version}.`);
      return { digest, manifest: manifest.parse(JSON.parse(text)) };
    },
    open: async (digest, from, abortSignal) =>
      knocking(async (told) =>
        openUrl(client, `${base}/blobs/${digest}`, from, { authorization: told, signal: abortSignal }),
      ),
  };
}

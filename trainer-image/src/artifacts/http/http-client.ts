import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates } from 'node:tls';
import { EnvHttpProxyAgent, request, type Dispatcher } from 'undici';
import { TrainerError } from '../../errors.ts';
import { asCopyError } from '../as-copy-error.ts';
import { silenceMs } from '../download-files.ts';
import type { StoreSettings } from '../store-settings.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Dispatcher.ResponseData['body'];
}

export interface HttpCall {
  readonly headers?: Readonly<Record<string, string>>;
  /** The value of an Authorization header: it goes to the address itself and to no other server that redirects name. */
  readonly authorization?: string | undefined;
  readonly signal: AbortSignal;
}

/** Reads from servers: redirects are followed, and what may pass is tried again. */
export interface HttpClient {
  /** The answer to a call, whatever its status; fails with TrainerFailed when there is none. */
  call(url: string, call: HttpCall): Promise<HttpAnswer>;
  close(): Promise<void>;
}

const mostRedirects = 5;
const usualAttempts = 8;
const longestPauseMs = 60_000;
const redirects = new Set([301, 302, 303, 307, 308]);

/** A client that trusts ca.crt besides the known authorities and uses the proxies of the usual variables; `uri` is for its sentences. */
export function createHttpClient(uri: string, value: StoreSettings): HttpClient {
  const authority = value('ca.crt');
  const tls = authority === undefined ? {} : { ca: [...getCACertificates(), authority] };
  const either = (name: string): string => value(name) ?? value(name.toUpperCase()) ?? '';
  const agent = new EnvHttpProxyAgent({
    httpProxy: either('http_proxy'),
    httpsProxy: either('https_proxy'),
    noProxy: either('no_proxy'),
    connect: { ...tls, timeout: 10_000 },
    requestTls: tls,
    proxyTls: tls,
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
  });
  const attempts = Number(value('WIKIGPT_COPY_ATTEMPTS') ?? usualAttempts) || usualAttempts;
  return {
    async call(url, call) {
      for (let attempt = 1; ; attempt++) {
        let answer: HttpAnswer | undefined;
        try {
          answer = await followRedirects(agent, uri, url, call);
          if (!mayPass(answer.status) || attempt >= attempts) return answer;
          await answer.body.dump();
        } catch (error) {
          const known = asCopyError(error, uri, call.signal);
          if (known) throw known;
          if (attempt >= attempts) throw unreachable(error, uri, url);
        }
        await sleep(pauseMs(attempt, answer), undefined, { signal: call.signal }).catch(() => undefined);
      }
    },
    close: () => agent.destroy(),
  };
}

/** The failure of a call that no answer came to. */
function unreachable(error: unknown, uri: string, url: string): TrainerError {
  const { message = '', code } = error as { readonly message?: string; readonly code?: string };
  const why = message || code || String(error);
  return new TrainerError(
    'TrainerFailed',
    `${uri}: ${new URL(url).host} did not answer (${why}); check the address, the proxy and that the server runs.`,
    { cause: error },
  );
}

const mayPass = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Grows with the attempts; a server that says how long to wait is heard, within a bound. */
function pauseMs(attempt: number, answer: HttpAnswer | undefined): number {
  const asked = Number(answer?.headers['retry-after']) * 1000;
  return Math.min(longestPauseMs, Number.isFinite(asked) && asked >= 0 ? asked : 100 * 2 ** attempt);
}

async function followRedirects(
  dispatcher: Dispatcher,
  uri: string,
  first: string,
  { headers = {}, authorization, signal }: HttpCall,
): Promise<HttpAnswer> {
  let url = new URL(first);
  for (let followed = 0; ; followed++) {
    const sent = new URL(first).origin === url.origin && authorization !== undefined ? { authorization } : {};
    const {
      statusCode: status,
      headers: answered,
      body,
    } = await request(url, { dispatcher, signal, headers: { ...headers, ...sent } });
    const { location } = answered;
    if (!redirects.has(status) || typeof location !== 'string') return { status, headers: answered, body };
    await body.dump();
    const next = new URL(location, url);
    if (followed >= mostRedirects)
      throw new TrainerError('InvalidSpec', `${uri}: its server redirects more than ${mostRedirects} times.`);
    if (next.protocol !== 'https:' && (next.protocol !== 'http:' || url.protocol === 'https:'))
      throw new TrainerError(
        'InvalidSpec',
        `${uri}: its server redirects from ${url.protocol}// to ${next.protocol}//, which is not followed.`,
      );
    url = next;
  }
}

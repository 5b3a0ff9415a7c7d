import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

interface WebOptions {
  /** Headers of every answer; `undefined` takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** The status to answer with instead. */
  readonly refuse?: (authorization: string | undefined) => number | undefined;
  /** After so many bytes of a whole file nothing more comes. */
  readonly holdAfter?: () => number | undefined;
  readonly knowsRanges?: boolean;
  /** Certificate and key in PEM, for https. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** A web server with files in memory, which answers conditional ranges as RFC 9110 has them. */
export async function startWebServer({ headers = {}, refuse, holdAfter, knowsRanges = true, tls }: WebOptions = {}) {
  const files = new Map<string, Buffer>();
  const ranges: (string | undefined)[] = [];
  const answer: RequestListener = (request, response) => {
    const { url = '' } = request;
    const refused = refuse?.(request.headers.authorization);
    if (refused !== undefined) return response.writeHead(refused, { location: headers['location'] ?? '' }).end();
    const whole = files.get(url.split('?')[0]!);
    if (!whole) return response.writeHead(404).end();
    ranges.push(request.headers.range);
    const etag = `"${createHash('sha1').update(whole).digest('hex')}"`;
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const condition = request.headers['if-range'];
    const answers = knowsRanges && range && (condition === undefined || condition === etag);
    const start = answers ? Number(range[1]) : 0;
    if (start >= whole.length && answers)
      return response.writeHead(416, { etag, 'content-range': `bytes */${whole.length}` }).end();
    const end = answers && range[2] !== '' ? Number(range[2]) + 1 : whole.length;
    const part = whole.subarray(start, end);
    const all: Record<string, string | undefined> = {
      'content-length': String(part.length),
      etag,
      ...(answers ? { 'content-range': `bytes ${start}-${start + part.length - 1}/${whole.length}` } : {}),
      ...headers,
    };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) response.setHeader(name, value);
    response.writeHead(answers ? 206 : 200);
    const left = start === 0 && part.length > 1 ? (holdAfter?.() ?? Infinity) : Infinity;
    if (left >= part.length) return response.end(part);
    return response.write(part.subarray(0, left));
  };
  const server = tls ? createTlsServer({ cert: tls.certificate, key: tls.key }, answer) : createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    files,
    /** The Range of every answered call. */
    ranges,
    origin: `http${tls ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly range: string | undefined;
}

interface ProxyOptions {
  /** The status to answer with instead of passing a call on. */
  readonly refuse?: (call: Call) => number | undefined;
  /** Changes the body of an answer. */
  readonly rewrite?: (call: Call, body: string) => string;
  /** After so many bytes of an answer nothing more comes. */
  readonly holdAfter?: (call: Call) => number | undefined;
  /** After so many bytes of an answer the connection is lost. */
  readonly cutAfter?: (call: Call) => number | undefined;
}

/** Stands between a client and a real server, and spoils what it is told to. */
export async function startS3Proxy(port: number, { refuse, rewrite, holdAfter, cutAfter }: ProxyOptions = {}) {
  const calls: Call[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    const call: Call = { method, path: url, range: headers.range };
    calls.push(call);
    const status = refuse?.(call);
    if (status !== undefined) {
      incoming.resume();
      incoming.on('end', () => outgoing.writeHead(status).end());
      return;
    }
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      void pass(answer, call);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);

    async function pass(answer: IncomingMessage, from: Call): Promise<void> {
      if (rewrite && answer.headers['content-type']?.includes('xml')) {
        const body = rewrite(from, Buffer.concat(await answer.toArray()).toString());
        outgoing.writeHead(answer.statusCode ?? 500, { 'content-type': 'application/xml' }).end(body);
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      const cut = cutAfter?.(from);
      let left = cut ?? holdAfter?.(from) ?? Infinity;
      answer.on('data', (chunk: Buffer) => {
        outgoing.write(chunk.subarray(0, Math.max(0, left)));
        left -= chunk.length;
        if (left <= 0 && cut !== undefined) outgoing.destroy();
      });
      answer.on('end', () => left > 0 && outgoing.end());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    calls,
    environment: { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    async stop(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

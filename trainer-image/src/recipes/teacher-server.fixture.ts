import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from '../serve/app.ts';
import { startHttpServer } from '../serve/http-server.ts';
import { tinyService } from '../serve/tiny-service.ts';

export interface TeacherServer {
  readonly url: string;
  /** Keys of the requests that reached the teacher, which is what one would be billed for. */
  readonly paid: readonly string[];
  /** Calls that failed on the way. */
  readonly failed: () => number;
  close(): Promise<void>;
}

type Failure = (response: ServerResponse) => void;
const status =
  (code: number, headers: Record<string, string> = {}): Failure =>
  (response) =>
    response.writeHead(code, headers).end('{"error":{"message":"not now"}}');

/** The ways in which servers fail that may answer later. */
const failures: readonly Failure[] = [
  status(500),
  status(429, { 'retry-after': '0' }),
  status(503),
  (response) => response.destroy(),
];

/** A real model behind a way that fails when `fails` says so of the n-th call. */
export async function startTeacherServer(fails: (call: number) => boolean): Promise<TeacherServer> {
  const service = await tinyService({ style: { kind: 'question', templates: { en: 'Q: {{question}} A:' } } }, 64);
  const teacher = await startHttpServer(createApp(service), 0, '127.0.0.1');
  const paid: string[] = [];
  let calls = 0;
  let failed = 0;
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await request.toArray());
    if (fails(calls++)) return failures[failed++ % failures.length]!(response);
    paid.push(String(request.headers['idempotency-key']));
    const answer = await fetch(`http://127.0.0.1:${teacher.port}${request.url}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  };
  const way = createServer((request, response) => void pass(request, response));
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(way.address() as AddressInfo).port}/v1`,
    paid,
    failed: () => failed,
    async close() {
      way.closeAllConnections();
      await new Promise((resolve) => way.close(resolve));
      await teacher.drain(0);
      await service.text.close();
    },
  };
}

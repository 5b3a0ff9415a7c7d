import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { silent } from '../../log.ts';
import { RestClient, type Attempted } from './rest-client.ts';
import { Transport } from './transport.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A real HTTP server on loopback that answers as a test says, and a client for it. */
export async function serveHttp(handler: Handler) {
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = createServer((request, response) => void handler(request, response));
  server.on('connection', (socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const attempts: Attempted[] = [];
  const transport = new Transport({
    credentials: async () => ({ server: `http://127.0.0.1:${port}`, headers: { authorization: 'Bearer it' }, tls: {} }),
    userAgent: 'test',
  });
  const rest = new RestClient({
    transport,
    log: silent,
    random: () => 0,
    onAttempt: (attempt) => attempts.push(attempt),
  });
  return {
    rest,
    attempts,
    connections: () => opened,
    /** Cuts every connection. */
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      await transport.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

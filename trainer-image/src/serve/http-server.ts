import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { TrainerError } from '../errors.ts';

export interface HttpServer {
  readonly port: number;
  /** Takes no new connections and resolves when the answers under way are out, or after `graceMs`, when they are cut. */
  drain(graceMs: number): Promise<{ readonly complete: boolean }>;
}

/** Listens on a port (0 = any free one) of one host, or of all addresses without a host; PortInUse when it is taken. */
export async function startHttpServer(app: Hono, port: number, host?: string): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen({ port, ...(host === undefined ? {} : { host }) });
  try {
    await once(server, 'listening');
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    if (cause.code !== 'EADDRINUSE')
      throw new TrainerError('TrainerFailed', `Port ${port} cannot be opened: ${cause.message}.`, { cause });
    const message = `Port ${port} is taken by another process; stop that one or choose another port.`;
    throw new TrainerError('PortInUse', message, { cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    async drain(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A connection whose answer has ended stays open for the next request, which will not be taken.
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, graceMs, 'late')));
      const complete = (await Promise.race([closed, late])) !== 'late';
      clearTimeout(timer);
      clearInterval(sweep);
      if (!complete) server.closeAllConnections();
      await closed;
      return { complete };
    },
  };
}

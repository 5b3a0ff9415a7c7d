import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Address } from './service-config.ts';

export interface HealthServer {
  readonly url: string;
  close(): void;
}

/** Answers /healthz and /readyz: 200, or 503 with the reason. */
export async function serveHealth(
  { host, port }: Address,
  answers: { readonly unhealthy: () => string | undefined; readonly notReady: () => string | undefined },
): Promise<HealthServer> {
  const app = new Hono();
  app.get('/healthz', (context) => context.text(answers.unhealthy() ?? 'ok', answers.unhealthy() ? 503 : 200));
  app.get('/readyz', (context) => context.text(answers.notReady() ?? 'ok', answers.notReady() ? 503 : 200));
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: app.fetch, hostname: host, port }, resolve);
  server.once('error', reject);
  const bound = await promise;
  return {
    url: `http://${bound.address}:${bound.port}`,
    close: () => {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
}

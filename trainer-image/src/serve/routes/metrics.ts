import type { Handler } from 'hono';
import type { Service } from '../service.ts';

/** GET /metrics in the Prometheus text format. */
export const metrics =
  ({ metrics: { registry } }: Service): Handler =>
  async (c) =>
    c.body(await registry.metrics(), 200, { 'content-type': registry.contentType });

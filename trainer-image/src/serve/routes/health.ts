import type { Handler } from 'hono';
import type { Service } from '../service.ts';

/** GET /health: 200 when requests are answered, otherwise 503; the body says which. */
export const health =
  (service: Service): Handler =>
  (c) => {
    const state = service.state();
    return c.json({ status: state, model: service.model.name }, state === 'ready' ? 200 : 503);
  };

import { Hono, type Handler } from 'hono';
import { ApiError } from './api-error.ts';
import { chatCompletions } from './routes/chat-completions.ts';
import { chatPage } from './routes/chat-page.ts';
import { comparedModel, comparedCompletions } from './routes/compare.ts';
import { completions } from './routes/completions.ts';
import { health } from './routes/health.ts';
import { metrics } from './routes/metrics.ts';
import { listModels, showModel } from './routes/models.ts';
import type { Service } from './service.ts';
import { toApiError } from './to-api-error.ts';

const routes: readonly (readonly ['GET' | 'POST', string, (service: Service) => Handler])[] = [
  ['GET', '/', chatPage],
  ['GET', '/health', health],
  ['GET', '/metrics', metrics],
  ['GET', '/v1/models', listModels],
  ['GET', '/v1/models/:id', showModel],
  ['POST', '/v1/chat/completions', chatCompletions],
  ['POST', '/v1/completions', completions],
  ['GET', '/compare/v1/models', comparedModel],
  ['POST', '/compare/v1/chat/completions', comparedCompletions],
];

/** The HTTP interface of one served model. */
export function createApp(service: Service): Hono {
  const app = new Hono();
  for (const [method, path, handler] of routes) {
    app.use(path, async (c, next) => {
      await next();
      service.metrics.requests.inc({ route: path, status: c.res.status });
      // Clients that keep their connection would otherwise hold up the shutdown.
      if (service.state() === 'draining') c.header('connection', 'close');
    });
    app.on(method, path, handler(service));
    app.all(path, (c) => {
      c.header('allow', method);
      throw new ApiError('method_not_allowed', `${c.req.method} ${path} does not exist; use ${method}.`);
    });
  }
  app.notFound((c) => {
    const known = routes.map(([method, path]) => `${method} ${path}`).join(', ');
    const error = new ApiError(
      'not_found',
      `${c.req.method} ${c.req.path.slice(0, 200)} does not exist; this server has ${known}.`,
    );
    return c.json(toApiError(error, service).body, error.status);
  });
  app.onError((error, c) => {
    const answer = toApiError(error, service);
    if (answer.code === 'queue_full') c.header('retry-after', '1');
    return c.json(answer.body, answer.status);
  });
  return app;
}

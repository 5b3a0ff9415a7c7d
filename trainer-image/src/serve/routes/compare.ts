import type { Context, Handler } from 'hono';
import { ApiError } from '../api-error.ts';
import { readJson } from '../read-json.ts';
import type { Service } from '../service.ts';

/** Of another server's answer, what a client may read. */
const passedOn = ['content-type', 'cache-control', 'x-accel-buffering'];

/** GET /compare/v1/models: what the model is that the page compares with. The page itself may speak to this server alone. */
export const comparedModel =
  (service: Service): Handler =>
  (c) =>
    forward(c, service, '/v1/models', {});

/** POST /compare/v1/chat/completions: the answer of that model. */
export const comparedCompletions =
  (service: Service): Handler =>
  async (c) =>
    forward(c, service, '/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(await readJson(c, service.maxBodyBytes)),
    });

async function forward(c: Context, { peer }: Service, path: string, request: RequestInit): Promise<Response> {
  if (!peer)
    throw new ApiError('not_found', 'This model is compared with no other; spec.ui.compareWith would name one.');
  const unreachable = () =>
    new ApiError(
      'peer_unreachable',
      `The ChatModel ${peer.name}, to compare with, cannot be reached now; ask again later.`,
    );
  if (peer.url === undefined) throw unreachable();
  const response = await fetch(`${peer.url}${path}`, { ...request, signal: c.req.raw.signal }).catch(
    (error: unknown) => {
      throw c.req.raw.signal.aborted ? error : unreachable();
    },
  );
  const headers = passedOn.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value] as [string, string]];
  });
  return new Response(response.body, { status: response.status, headers });
}

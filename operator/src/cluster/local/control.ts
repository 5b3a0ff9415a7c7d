import { timingSafeEqual } from 'node:crypto';
import type { Hono } from 'hono';
import { kindNames } from '../kinds.ts';
import type { Cluster } from '../port.ts';

/** Lets other commands of the same user ask the process that holds the lock for a removal; the token lies in the lock. */
export function addControlRoutes(app: Hono, cluster: Cluster, token: string): void {
  app.delete('/control/:kind/:namespace/:name', async (context) => {
    const given = context.req.header('authorization') ?? '';
    if (!same(given, `Bearer ${token}`)) return context.text('the token of the lock is needed\n', 401);
    const { namespace, name } = context.req.param();
    const kind = kindNames.find((each) => each === context.req.param('kind'));
    const object = kind && (await cluster.get(kind, namespace, name));
    if (!kind || !object) return context.text('not found\n', 404);
    await cluster.remove({ kind, namespace, name }, object.metadata.uid);
    return context.body(null, 204);
  });
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

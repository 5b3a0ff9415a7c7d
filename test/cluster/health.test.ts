import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { inClusterCredentials } from '../../operator/src/cluster/kube/in-cluster.ts';
import { silent } from '../../operator/src/log.ts';
import { runOperatorService, type OperatorService } from '../../operator/src/service/operator-service.ts';
import { serviceConfig } from '../../operator/src/service/service-config.ts';
import type { ConnectionProxy } from './control-plane/proxy.ts';
import { eventually } from './open-cluster.ts';
import { mountServiceAccount } from './operator/operator-process.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** An operator in this process, behind a proxy; it looks at a namespace of its own for the Lease. */
async function serve(namespace: string, serviceAccount: string, rights = '') {
  const proxy: ConnectionProxy = await sharedControlPlane().startProxy();
  const service: OperatorService = await runOperatorService({
    config: serviceConfig({
      WIKIGPT_TRAINER_IMAGE: 'trainer',
      WIKIGPT_ENDPOINT: 'http://operator',
      WIKIGPT_LISTEN: '127.0.0.1:0',
      WIKIGPT_HEALTH_LISTEN: '127.0.0.1:0',
      WIKIGPT_WATCHDOG_SECONDS: '3',
      WIKIGPT_WATCH_NAMESPACE: namespace,
      POD_NAMESPACE: `${namespace}${rights}`,
    }),
    env: {},
    now: () => new Date(),
    random: Math.random,
    log: silent,
    credentials: inClusterCredentials(proxy.url, serviceAccount),
    election: { leaseSeconds: 3, renewDeadlineMs: 2_000, retryMs: 200 },
    watching: { watchSeconds: 1 },
  });
  open.push(
    () => proxy.close(),
    () => service.stop(),
  );
  const ask = async (path: string) => {
    const answer = await fetch(`${service.healthUrl}${path}`, { headers: { connection: 'close' } });
    return `${answer.status} ${await answer.text()}`;
  };
  const says = (path: string, expected: string) =>
    eventually(
      async () => (await ask(path)).startsWith(expected),
      () => ask(path),
    );
  return { proxy, service, ask, says };
}

describe.skipIf(withoutControlPlane)('health of the operator as a service', () => {
  test('leader and standby are ready; one that hears nothing from the API server is unhealthy, and recovers', async () => {
    const access = sharedControlPlane();
    const namespace = await createNamespace(access, 'health');
    const account = await mountServiceAccount(access, namespace);
    expect(readFileSync(`${account}/token`, 'utf8')).not.toBe('');
    const one = await serve(namespace, account);
    const two = await serve(namespace, account);
    await one.says('/readyz', '200 ok');
    await two.says('/readyz', '200 ok');
    await eventually(
      () => one.service.leading() !== two.service.leading(),
      () => 'no single leader',
    );
    const leader = one.service.leading() ? one : two;
    const standby = leader === one ? two : one;
    leader.proxy.refuse();
    leader.proxy.cutConnections();
    await leader.says('/healthz', '503 ');
    await eventually(
      () => standby.service.leading(),
      () => 'the standby does not take over',
    );
    expect(leader.service.leading()).toBe(false);
    expect(await standby.ask('/healthz')).toBe('200 ok');
    leader.proxy.pass();
    await leader.says('/healthz', '200 ok');
  });

  test('one that may not have its Lease is never ready', async () => {
    const access = sharedControlPlane();
    const namespace = await createNamespace(access, 'health');
    const account = await mountServiceAccount(access, namespace);
    const one = await serve(namespace, account, '-that-is-not-there');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await one.ask('/readyz')).toBe('503 the Lease cannot be reached');
    expect(one.service.leading()).toBe(false);
  });
});

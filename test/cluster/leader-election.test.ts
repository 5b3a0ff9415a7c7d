import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configMap } from '../../operator/src/cluster/conformance/case.ts';
import type { Lease } from '../../operator/src/cluster/kube/lease.ts';
import { LeaderElector, type LeaderElectorOptions } from '../../operator/src/cluster/kube/leader-elector.ts';
import { silent } from '../../operator/src/log.ts';
import { mustCall } from './control-plane/api-request.ts';
import type { ConnectionProxy } from './control-plane/proxy.ts';
import { eventually, openCluster } from './open-cluster.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

describe.skipIf(withoutControlPlane)('leader election by a Lease', () => {
  let namespace: string;
  const open: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    namespace = await createNamespace(sharedControlPlane(), 'lease');
  });
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  /** A process that wants to lead, with its own way to the API server. */
  async function candidate(name: string, options: Partial<LeaderElectorOptions> = {}) {
    const access = sharedControlPlane();
    const proxy: ConnectionProxy = await access.startProxy();
    const { cluster } = await openCluster(access.kubeconfig(access.address.admin, { url: proxy.url }));
    const changes: { leading: boolean; at: number }[] = [];
    const elector = new LeaderElector({
      rest: cluster.rest,
      namespace,
      name: 'operator',
      identity: `${name}-${randomUUID()}`,
      now: () => new Date(),
      random: Math.random,
      log: silent,
      onChange: (leading) => changes.push({ leading, at: performance.now() }),
      leaseSeconds: 3,
      renewDeadlineMs: 2_000,
      retryMs: 300,
      ...options,
    });
    open.push(
      () => proxy.close(),
      () => cluster.close(),
      () => elector.stop(),
    );
    return { elector, proxy, changes, fenced: cluster.fencedBy(elector.fence) };
  }

  const lease = () =>
    mustCall<Lease>(sharedControlPlane().admin, `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/operator`);
  const leads = (each: { elector: LeaderElector }) =>
    eventually(
      () => each.elector.leading,
      () => 'does not lead',
    );

  test('the first leads, the second waits, and takes over at once when the first goes', async () => {
    const first = await candidate('first');
    await leads(first);
    expect((await lease()).spec.renewTime).toMatch(/\.\d{6}Z$/);
    const second = await candidate('second');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(second.elector.leading).toBe(false);
    expect(second.elector.silentMs).toBeLessThan(1_000);
    const left = performance.now();
    await first.elector.stop();
    await leads(second);
    expect(performance.now() - left).toBeLessThan(2_000);
    expect((await lease()).spec.leaseTransitions).toBe(1);
    expect(first.changes.map(({ leading }) => leading)).toEqual([true, false]);
  });

  test('a leader that is cut off stops before another can begin', async () => {
    const first = await candidate('first');
    await leads(first);
    const second = await candidate('second');
    first.proxy.freeze();
    await leads(second);
    expect(first.elector.leading).toBe(false);
    const ceased = first.changes.find(({ leading }) => !leading)?.at ?? Infinity;
    const began = second.changes.find(({ leading }) => leading)?.at ?? 0;
    expect(began - ceased).toBeGreaterThan(500);
    await expect(first.fenced.apply(configMap(namespace, 'late', {}), 'test')).rejects.toMatchObject({
      code: 'NotLeading',
    });
    await second.fenced.apply(configMap(namespace, 'right', {}), 'test');
    first.proxy.pass();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(first.elector.leading).toBe(false);
    expect(second.elector.leading).toBe(true);
  });

  test('a write that hangs is given up with the right to write', async () => {
    const first = await candidate('first');
    await leads(first);
    first.proxy.freeze();
    const started = performance.now();
    await expect(first.fenced.apply(configMap(namespace, 'hangs', {}), 'test')).rejects.toMatchObject({
      code: 'NotLeading',
    });
    expect(performance.now() - started).toBeLessThan(2_500);
  });

  test('after an outage that nobody used, the same one leads again', async () => {
    const only = await candidate('only');
    await leads(only);
    only.proxy.refuse();
    only.proxy.cutConnections();
    await eventually(
      () => !only.elector.leading,
      () => 'still leads',
    );
    only.proxy.pass();
    await leads(only);
    expect(only.changes.map(({ leading }) => leading)).toEqual([true, false, true]);
  });
});

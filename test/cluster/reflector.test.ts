import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { configMap } from '../../operator/src/cluster/conformance/case.ts';
import type { ConfigMap } from '../../operator/src/cluster/objects.ts';
import type { Scope } from '../../operator/src/cluster/port.ts';
import type { KubeCluster, KubeClusterOptions } from '../../operator/src/cluster/kube/kube-cluster.ts';
import { eventually, openCluster } from './open-cluster.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

const open: { close: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** Two ways to one API server: a straight one that writes, and one through a proxy that watches. */
async function twoWays(options: Partial<KubeClusterOptions> = {}) {
  const access = sharedControlPlane();
  const namespace = await createNamespace(access, 'watch');
  const proxy = await access.startProxy();
  const { address } = access;
  const writer = (await openCluster(access.adminKubeconfig)).cluster;
  const reader = (await openCluster(access.kubeconfig(address.admin, { url: proxy.url }), options)).cluster;
  open.push(proxy, writer, reader);
  return { namespace, proxy, writer, reader };
}

/** Watches ConfigMaps and keeps what it was told, as a controller would. */
function follow(cluster: KubeCluster, scope: Scope) {
  const told = new Map<string, ConfigMap>();
  const regressions: string[] = [];
  const watch = cluster.watch('ConfigMap', scope, ({ type, object }) => {
    const { name, resourceVersion } = object.metadata;
    const before = told.get(name);
    if (before && Number(before.metadata.resourceVersion) > Number(resourceVersion)) regressions.push(name);
    if (type === 'Deleted') told.delete(name);
    else told.set(name, object);
  });
  return { told, watch, regressions };
}

const steps = (objects: Iterable<ConfigMap>) =>
  [...objects]
    .filter(({ data }) => data?.['step'] !== undefined)
    .map(({ metadata, data }) => `${metadata.name} ${data?.['step']}`)
    .sort();

describe.skipIf(withoutControlPlane)('a watch on an API server', () => {
  test('1,000 cuts at random moments lose nothing', { timeout: 240_000 }, async () => {
    const { namespace, proxy, writer, reader } = await twoWays();
    const teams = ['a', 'b', 'c', 'd', 'e', 'f'];
    const followers = teams.map((team) => follow(reader, { namespace, labels: { team } }));
    await Promise.all(followers.map(({ watch }) => watch.synced));
    const done = { cuts: 0, writing: true };
    const cutter = (async () => {
      while (done.cuts < 1_000) {
        done.cuts += proxy.cutConnections();
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
      }
      done.writing = false;
    })();
    let step = 0;
    for (; done.writing; step++) {
      const team = teams[step % teams.length] ?? '';
      const name = `map-${team}-${step % 5}`;
      if (step % 7 === 6) await writer.remove({ kind: 'ConfigMap', namespace, name });
      else await writer.apply(configMap(namespace, name, { step: String(step) }, { labels: { team } }), 'test');
    }
    await cutter;
    for (const [index, { told, regressions }] of followers.entries()) {
      const scope = { namespace, labels: { team: teams[index] ?? '' } };
      const actual = steps(await writer.list('ConfigMap', scope));
      await eventually(
        () => isDeepStrictEqual(steps(told.values()), actual),
        () => ({ told: steps(told.values()), actual }),
        30_000,
      );
      expect(steps(await reader.list('ConfigMap', scope))).toEqual(actual);
      expect(regressions).toEqual([]);
    }
    expect(step).toBeGreaterThan(200);
  });

  test('an API server that is away is waited for without haste, and what happened meanwhile is told', async () => {
    const { namespace, proxy, writer, reader } = await twoWays();
    const { told, watch } = follow(reader, { namespace });
    await watch.synced;
    await writer.apply(configMap(namespace, 'before', { step: '1' }), 'test');
    await eventually(
      () => told.has('before'),
      () => [...told.keys()],
    );
    proxy.refuse();
    proxy.cutConnections();
    const accepted = proxy.accepted;
    await writer.apply(configMap(namespace, 'during', { step: '2' }), 'test');
    await writer.remove({ kind: 'ConfigMap', namespace, name: 'before' });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(proxy.accepted - accepted).toBeLessThan(15);
    expect(reader.health()[0]?.silentMs).toBeGreaterThan(2_900);
    proxy.pass();
    await eventually(
      () => told.has('during') && !told.has('before'),
      () => [...told.keys()],
    );
    expect(reader.health()[0]?.silentMs).toBeLessThan(5_000);
  });

  test('a connection that is open but dead is found by its silence', async () => {
    const { namespace, proxy, writer, reader } = await twoWays({ times: { inactivityMs: 1_500 } });
    const { told, watch } = follow(reader, { namespace });
    await watch.synced;
    const accepted = proxy.accepted;
    proxy.freeze();
    await writer.apply(configMap(namespace, 'unheard', { step: '1' }), 'test');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(told.has('unheard')).toBe(false);
    // The silent connection is given up by now, and another one was tried.
    expect(proxy.accepted).toBeGreaterThan(accepted);
    proxy.pass();
    await eventually(
      () => told.has('unheard'),
      () => [...told.keys()],
    );
  });

  test('many watchers share one watch, and each sees its own part', async () => {
    const { namespace, writer } = await twoWays();
    const all = writer.watch('ConfigMap', { namespace }, () => undefined);
    await all.synced;
    const before = writer.health().length;
    const seen: string[] = [];
    const part = writer.watch('ConfigMap', { namespace, labels: { team: 'x' } }, ({ type, object }) =>
      seen.push(`${type} ${object.metadata.name}`),
    );
    await part.synced;
    expect(writer.health().length).toBe(before);
    await writer.apply(configMap(namespace, 'mine', {}, { labels: { team: 'x' } }), 'test');
    await writer.apply(configMap(namespace, 'other', {}, { labels: { team: 'y' } }), 'test');
    await writer.apply(configMap(namespace, 'mine', {}, { labels: { team: 'y' } }), 'test');
    await eventually(
      () => seen.length === 2,
      () => seen,
    );
    expect(seen).toEqual(['Added mine', 'Deleted mine']);
    part.close();
    all.close();
    expect(writer.health()).toEqual([]);
  });
});

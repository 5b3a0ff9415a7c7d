import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conformance } from '../../operator/src/cluster/conformance.ts';
import { configMap, fineTuneJob } from '../../operator/src/cluster/conformance/case.ts';
import type { KubeCluster } from '../../operator/src/cluster/kube/kube-cluster.ts';
import type { Attempted } from '../../operator/src/cluster/kube/rest-client.ts';
import { createServiceAccountToken } from './control-plane/service-account.ts';
import { mustCall } from './control-plane/api-request.ts';
import { eventually, openCluster } from './open-cluster.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

describe.skipIf(withoutControlPlane)('the port on an API server', () => {
  let cluster: KubeCluster;
  let attempts: Attempted[];
  let connections: () => number;

  beforeAll(async () => {
    ({ cluster, attempts, connections } = await openCluster(sharedControlPlane().adminKubeconfig));
  });
  afterAll(() => cluster.close());

  test.concurrent.for(conformance.objects)('$name', async ({ run }) => {
    const namespace = await createNamespace(sharedControlPlane(), 'port');
    await expect(run({ cluster, namespace, image: 'fixture' })).resolves.toBeUndefined();
  });

  test('calls share their connections', async () => {
    const namespace = await createNamespace(sharedControlPlane(), 'pool');
    await cluster.get('ConfigMap', namespace, 'none');
    const before = connections();
    for (let call = 0; call < 100; call++) await cluster.get('ConfigMap', namespace, 'none');
    expect(connections() - before).toBeLessThanOrEqual(1);
  });

  test('whoever watches a kind reads it without a call, own writes at once', async () => {
    const namespace = await createNamespace(sharedControlPlane(), 'cache');
    const watch = cluster.watch('ConfigMap', { namespace }, () => undefined);
    await watch.synced;
    const before = attempts.length;
    for (let step = 0; step < 20; step++) {
      await cluster.apply(configMap(namespace, 'counter', { step: String(step) }), 'test');
      expect((await cluster.get('ConfigMap', namespace, 'counter'))?.data?.['step']).toBe(String(step));
    }
    await cluster.remove({ kind: 'ConfigMap', namespace, name: 'counter' });
    expect(await cluster.get('ConfigMap', namespace, 'counter')).toBeUndefined();
    expect((await cluster.list('ConfigMap', { namespace })).map(({ metadata }) => metadata.name)).not.toContain(
      'counter',
    );
    const own = attempts.slice(before).filter(({ path }) => path.includes(`/${namespace}/configmaps/`));
    expect(own.map(({ method }) => method)).toEqual([...Array<string>(20).fill('PATCH'), 'DELETE']);
    watch.close();
  });

  test('of a kind whose metadata is enough no more is read, by a list, a watch, a call or a write', async () => {
    const namespace = await createNamespace(sharedControlPlane(), 'metadata');
    const before = await cluster.apply(configMap(namespace, 'before', { secret: 'x' }, { labels: { a: 'b' } }), 'test');
    const reading = { metadataOnly: new Set(['ConfigMap'] as const) };
    const { cluster: reader } = await openCluster(sharedControlPlane().adminKubeconfig, { reading });
    expect(await reader.get('ConfigMap', namespace, 'before')).not.toHaveProperty('data');
    const seen: string[] = [];
    const watch = reader.watch('ConfigMap', { namespace }, ({ type, object }) => {
      seen.push(`${type} ${object.apiVersion} ${object.kind} ${object.metadata.name} ${JSON.stringify(object.data)}`);
    });
    await watch.synced;
    expect(await reader.get('ConfigMap', namespace, 'before')).toMatchObject({
      metadata: { uid: before.metadata.uid, labels: { a: 'b' } },
    });
    const written = await reader.apply(configMap(namespace, 'written', { secret: 'y' }), 'test');
    expect(written.kind).toBe('ConfigMap');
    expect(written).not.toHaveProperty('data');
    await eventually(
      () => seen.some((line) => line === 'Added v1 ConfigMap written undefined'),
      () => seen,
    );
    expect(seen).toContain('Added v1 ConfigMap before undefined');
    expect((await cluster.get('ConfigMap', namespace, 'written'))?.data).toEqual({ secret: 'y' });
    watch.close();
    await reader.close();
  });

  test('a status that its writer has applied and that still stands is not sent again', async () => {
    const namespace = await createNamespace(sharedControlPlane(), 'status');
    const watch = cluster.watch('FineTuneJob', { namespace }, () => undefined);
    await cluster.apply(fineTuneJob(namespace, 'still'), 'test');
    const key = { kind: 'FineTuneJob', namespace, name: 'still' } as const;
    await cluster.patchStatus(key, { base: 'x' }, 'test');
    const before = attempts.length;
    await cluster.patchStatus(key, { base: 'x' }, 'test');
    expect(attempts.length).toBe(before);
    await cluster.patchStatus(key, { base: 'y' }, 'other');
    const written = await cluster.patchStatus(key, { base: 'x' }, 'test');
    expect(written?.status?.base).toBe('x');
    watch.close();
  });

  test('a refusal of the API server comes with its sentence', async () => {
    const namespace = await createNamespace(sharedControlPlane(), 'refused');
    const wrong = fineTuneJob(namespace, 'wrong');
    const both = { ...wrong, spec: { ...wrong.spec, base: { ...wrong.spec.base, uri: 'hf://a/b' } } };
    await expect(cluster.apply(both, 'test')).rejects.toMatchObject({
      code: 'ClusterRefused',
      status: 422,
      message: expect.stringContaining('spec.base'),
    });
  });

  test('a user without rights is told which one is missing', async () => {
    const access = sharedControlPlane();
    const namespace = await createNamespace(access, 'rights');
    const token = await createServiceAccountToken(access, { namespace, name: 'nobody' });
    const { cluster: limited } = await openCluster(access.kubeconfig({ token }));
    await expect(limited.get('ConfigMap', namespace, 'any')).rejects.toMatchObject({
      status: 403,
      message: expect.stringMatching(/nobody.*cannot get resource "configmaps"/),
    });
    await limited.close();
  });

  test('a token says which pod it was projected into, for its audience and while the pod lives', async () => {
    const access = sharedControlPlane();
    const namespace = await createNamespace(access, 'token');
    await createServiceAccountToken(access, { namespace, name: 'trainer' });
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    const pod = await mustCall<{ metadata: { uid: string } }>(access.admin, pods, {
      method: 'POST',
      body: {
        metadata: { name: 'train-0' },
        spec: { serviceAccountName: 'trainer', containers: [{ name: 'main', image: 'none' }] },
      },
    });
    const { uid } = pod.metadata;
    const account = `/api/v1/namespaces/${namespace}/serviceaccounts/trainer/token`;
    const tokenFor = async (boundObjectRef?: object) =>
      (
        await mustCall<{ status: { token: string } }>(access.admin, account, {
          method: 'POST',
          body: { spec: { audiences: ['wikigpt.dev'], expirationSeconds: 600, boundObjectRef } },
        })
      ).status.token;
    const token = await tokenFor({ apiVersion: 'v1', kind: 'Pod', name: 'train-0', uid });
    const owner = { namespace, pod: 'train-0', podUid: uid };
    expect(await cluster.reviewToken(token, 'wikigpt.dev')).toEqual(owner);
    expect(await cluster.reviewToken(token, 'other')).toBeUndefined();
    expect(await cluster.reviewToken(await tokenFor(), 'wikigpt.dev')).toBeUndefined();
    expect(await cluster.reviewToken('made-up', 'wikigpt.dev')).toBeUndefined();

    const watch = cluster.watch('Pod', { namespace }, () => undefined);
    await watch.synced;
    await cluster.reviewToken(token, 'wikigpt.dev');
    const before = attempts.length;
    await Promise.all(Array.from({ length: 10 }, () => cluster.reviewToken(token, 'wikigpt.dev')));
    expect(attempts.length).toBe(before);
    await mustCall(access.admin, `${pods}/train-0?gracePeriodSeconds=0`, { method: 'DELETE' });
    await eventually(
      async () => (await cluster.reviewToken(token, 'wikigpt.dev')) === undefined,
      () => 'the token still counts',
    );
    watch.close();
  });

  test('the log of a pod that has not started is empty, and one that is not there is refused', async () => {
    const access = sharedControlPlane();
    const namespace = await createNamespace(access, 'logs');
    await createServiceAccountToken(access, { namespace, name: 'any' });
    await mustCall(access.admin, `/api/v1/namespaces/${namespace}/pods`, {
      method: 'POST',
      body: {
        metadata: { name: 'waits' },
        spec: { serviceAccountName: 'any', containers: [{ name: 'main', image: 'none' }] },
      },
    });
    const pieces: string[] = [];
    for await (const piece of cluster.logs(namespace, 'waits')) pieces.push(piece);
    expect(pieces).toEqual([]);
    await expect(cluster.logs(namespace, 'none')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ status: 404 });
  });
});

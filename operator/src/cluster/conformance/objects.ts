import assert from 'node:assert/strict';
import { referenceTo } from '../kinds.ts';
import type { ConfigMap } from '../objects.ts';
import type { Change } from '../port.ts';
import { configMap, fineTuneJob, job, podTemplate, until, type ConformanceCase } from './case.ts';

/** What every implementation of the port must do with objects. */
export const objectCases: readonly ConformanceCase[] = [
  {
    name: 'a new object gets an identity, and is found by name, namespace and labels',
    run: async ({ cluster, namespace }) => {
      const made = await cluster.apply(configMap(namespace, 'one', { a: '1' }, { labels: { team: 'x' } }), 'test');
      await cluster.apply(configMap(namespace, 'two', {}, { labels: { team: 'y' } }), 'test');
      assert.ok(made.metadata.uid && made.metadata.resourceVersion && made.metadata.creationTimestamp);
      assert.equal((await cluster.get('ConfigMap', namespace, 'one'))?.data?.['a'], '1');
      assert.equal(await cluster.get('ConfigMap', namespace, 'none'), undefined);
      const names = async (labels?: Record<string, string>) =>
        (await cluster.list('ConfigMap', { namespace, ...(labels ? { labels } : {}) }))
          .map(({ metadata }) => metadata.name)
          .filter((name) => name === 'one' || name === 'two')
          .sort();
      assert.deepEqual(await names(), ['one', 'two']);
      assert.deepEqual(await names({ team: 'x' }), ['one']);
    },
  },
  {
    name: 'applying the same again writes nothing',
    run: async ({ cluster, namespace }) => {
      const first = await cluster.apply(configMap(namespace, 'same', { a: '1' }), 'test');
      const second = await cluster.apply(configMap(namespace, 'same', { a: '1' }), 'test');
      assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    },
  },
  {
    name: 'a field that its writer no longer names is removed, one of another writer stays',
    run: async ({ cluster, namespace }) => {
      await cluster.apply(configMap(namespace, 'fields', { mine: '1', both: '2' }), 'test');
      await cluster.apply(configMap(namespace, 'fields', { theirs: '3' }), 'other');
      const left = await cluster.apply(configMap(namespace, 'fields', { both: '2' }), 'test');
      assert.deepEqual(left.data, { both: '2', theirs: '3' });
    },
  },
  {
    name: 'a change of spec raises the generation, a change of status does not',
    run: async ({ cluster, namespace }) => {
      const first = await cluster.apply(fineTuneJob(namespace, 'counted'), 'test');
      const second = await cluster.apply(fineTuneJob(namespace, 'counted', true), 'test');
      assert.equal(second.metadata.generation, (first.metadata.generation ?? 0) + 1);
      const third = await cluster.patchStatus(
        { kind: 'FineTuneJob', namespace, name: 'counted' },
        { base: 'x' },
        'test',
      );
      assert.equal(third?.metadata.generation, second.metadata.generation);
      assert.equal(third?.status?.base, 'x');
    },
  },
  {
    name: 'the template of a Job cannot change',
    run: async ({ cluster, namespace, image }) => {
      const first = job(namespace, 'fixed', podTemplate(image, ['exit', '0']), { suspend: true });
      await cluster.apply(first, 'test');
      const other = { ...first, spec: { ...first.spec, template: podTemplate(image, ['exit', '1']) } };
      await assert.rejects(cluster.apply(other, 'test'), /template/);
    },
  },
  {
    name: 'two writers of a status keep out of each other’s way, and an unchanged status is not written',
    run: async ({ cluster, namespace }) => {
      const key = { kind: 'FineTuneJob', namespace, name: 'shared' } as const;
      await cluster.apply(fineTuneJob(namespace, 'shared'), 'test');
      const times = { lastTransitionTime: '2026-01-02T03:04:05Z' };
      const condition = (type: string) => ({ type, status: 'True', reason: 'Tested', message: '', ...times }) as const;
      await cluster.patchStatus(key, { conditions: [condition('A')], base: 'x', method: 'y' }, 'one');
      const both = await cluster.patchStatus(key, { conditions: [condition('B')] }, 'two');
      assert.deepEqual(both?.status?.conditions?.map(({ type }) => type).sort(), ['A', 'B']);
      const again = await cluster.patchStatus(key, { conditions: [condition('B')] }, 'two');
      assert.equal(again?.metadata.resourceVersion, both?.metadata.resourceVersion);
      const less = await cluster.patchStatus(key, { conditions: [condition('A')], base: 'x' }, 'one');
      assert.equal(less?.status?.method, undefined);
      assert.deepEqual(less?.status?.conditions?.map(({ type }) => type).sort(), ['A', 'B']);
    },
  },
  {
    name: 'a status is not written to an object that is gone, or that is another one of the same name',
    run: async ({ cluster, namespace }) => {
      const key = { kind: 'FineTuneJob', namespace, name: 'mortal' } as const;
      assert.equal(await cluster.patchStatus(key, { base: 'x' }, 'test'), undefined);
      const { metadata } = await cluster.apply(fineTuneJob(namespace, 'mortal'), 'test');
      const written = await cluster.patchStatus({ ...key, uid: metadata.uid ?? '' }, { base: 'x' }, 'test');
      assert.equal(written?.status?.base, 'x');
      const other = { ...key, uid: '00000000-0000-4000-8000-000000000000' };
      assert.equal(await cluster.patchStatus(other, { base: 'y' }, 'test'), undefined);
      assert.equal((await cluster.get('FineTuneJob', namespace, 'mortal'))?.status?.base, 'x');
    },
  },
  {
    name: 'a watch tells what is there, then every change in order',
    run: async ({ cluster, namespace }) => {
      await cluster.apply(configMap(namespace, 'watched', { step: '0' }, { labels: { seen: 'yes' } }), 'test');
      await cluster.apply(configMap(namespace, 'unseen', { step: '0' }), 'test');
      const heard: string[] = [];
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      const watch = cluster.watch('ConfigMap', { namespace, labels: { seen: 'yes' } }, (change: Change<ConfigMap>) => {
        heard.push(`${change.type} ${change.object.metadata.name} ${change.object.data?.['step']}`);
        if (change.type === 'Deleted') resolve();
      });
      await watch.synced;
      for (const step of ['1', '2'])
        await cluster.apply(configMap(namespace, 'watched', { step }, { labels: { seen: 'yes' } }), 'test');
      await cluster.remove({ kind: 'ConfigMap', namespace, name: 'watched' });
      await ended;
      watch.close();
      assert.deepEqual(heard, ['Added watched 0', 'Modified watched 1', 'Modified watched 2', 'Deleted watched 2']);
    },
  },
  {
    name: 'removing an object removes what it owns; another uid or an absent name removes nothing',
    run: async (context) => {
      const { cluster, namespace } = context;
      const owner = await cluster.apply(configMap(namespace, 'owner', {}), 'test');
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' };
      await cluster.apply(configMap(namespace, 'owned', {}, { ownerReferences: [reference] }), 'test');
      const key = { kind: 'ConfigMap', namespace, name: 'owner' } as const;
      await cluster.remove({ ...key, name: 'never-there' });
      await cluster.remove(key, '00000000-0000-4000-8000-000000000000').catch(() => undefined);
      assert.ok(await cluster.get('ConfigMap', namespace, 'owner'));
      await cluster.remove(key, owner.metadata.uid);
      await until(context, 'ConfigMap', 'owned', (object) => object === undefined);
    },
  },
  {
    name: 'the same event again raises its count',
    run: async ({ cluster, namespace }) => {
      const about = await cluster.apply(configMap(namespace, 'subject', {}), 'test');
      const draft = { regarding: referenceTo(about), type: 'Warning', reason: 'Tested', message: 'twice' } as const;
      await cluster.recordEvent(draft);
      await cluster.recordEvent(draft);
      await cluster.recordEvent({ ...draft, message: 'once' });
      const events = (await cluster.list('Event', { namespace }))
        .filter(({ involvedObject }) => involvedObject.name === 'subject')
        .map(({ message, count }) => `${message} ${count}`);
      assert.deepEqual(events.sort(), ['once 1', 'twice 2']);
    },
  },
];

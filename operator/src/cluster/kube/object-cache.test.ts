import { describe, expect, test } from 'vitest';
import type { ConfigMap } from '../objects.ts';
import { ObjectCache } from './object-cache.ts';

function map(name: string, resourceVersion: number, more: { uid?: string; labels?: Record<string, string> } = {}) {
  const { uid = `uid-${name}`, labels = {} } = more;
  const metadata = { namespace: 'a', name, uid, resourceVersion: String(resourceVersion), labels };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata } satisfies ConfigMap;
}

const told = (changes: readonly { type: string; object: ConfigMap }[]) =>
  changes.map(({ type, object }) => `${type} ${object.metadata.name} ${object.metadata.resourceVersion}`);
const seen = (cache: ObjectCache<ConfigMap>) =>
  cache.list().map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`);

describe('what a watch tells', () => {
  test('a list and events become additions, changes and deletions', () => {
    const cache = new ObjectCache<ConfigMap>();
    expect(told(cache.replace([map('one', 1), map('two', 2)], '2'))).toEqual(['Added one 1', 'Added two 2']);
    expect(told(cache.observe('MODIFIED', map('one', 3)))).toEqual(['Modified one 3']);
    expect(told(cache.observe('DELETED', map('two', 4)))).toEqual(['Deleted two 4']);
    expect(told(cache.observe('DELETED', map('two', 4)))).toEqual([]);
    expect(seen(cache)).toEqual(['one 3']);
  });

  test('a second list tells only what differs, deletions included', () => {
    const cache = new ObjectCache<ConfigMap>();
    cache.replace([map('same', 1), map('changed', 2), map('gone', 3), map('recreated', 4)], '4');
    const list = [map('same', 1), map('changed', 6), map('recreated', 7, { uid: 'other' }), map('new', 8)];
    expect(told(cache.replace(list, '8')).sort()).toEqual([
      'Added new 8',
      'Added recreated 7',
      'Deleted gone 3',
      'Deleted recreated 4',
      'Modified changed 6',
    ]);
  });

  test('an event that comes again, or late, changes nothing', () => {
    const cache = new ObjectCache<ConfigMap>();
    cache.replace([map('one', 5)], '5');
    expect(cache.observe('MODIFIED', map('one', 4))).toEqual([]);
    expect(seen(cache)).toEqual(['one 5']);
  });

  test('an object that was deleted and made again unseen is first deleted', () => {
    const cache = new ObjectCache<ConfigMap>();
    cache.replace([map('one', 1)], '1');
    expect(told(cache.observe('ADDED', map('one', 9, { uid: 'other' })))).toEqual(['Deleted one 1', 'Added one 9']);
  });
});

describe('what this process wrote', () => {
  test('is seen at once, and told when the watch comes to it', () => {
    const cache = new ObjectCache<ConfigMap>();
    cache.replace([], '1');
    cache.wrote(map('one', 2));
    cache.wrote(map('one', 3));
    expect(seen(cache)).toEqual(['one 3']);
    expect(told(cache.observe('ADDED', map('one', 2)))).toEqual(['Added one 2']);
    expect(seen(cache)).toEqual(['one 3']);
    expect(told(cache.observe('MODIFIED', map('one', 3)))).toEqual(['Modified one 3']);
    expect(told(cache.observe('MODIFIED', map('one', 4)))).toEqual(['Modified one 4']);
    expect(seen(cache)).toEqual(['one 4']);
  });

  test('an answer that comes after the watch told of the deletion does not bring the object back', () => {
    const cache = new ObjectCache<ConfigMap>();
    cache.replace([], '1');
    cache.observe('ADDED', map('one', 2));
    cache.observe('DELETED', map('one', 3));
    cache.wrote(map('one', 2));
    expect(seen(cache)).toEqual([]);
  });

  test('a deletion is seen at once, although the watch still tells of earlier changes', () => {
    const cache = new ObjectCache<ConfigMap>();
    cache.replace([map('one', 1)], '1');
    cache.removed('a', 'one', 'uid-one');
    expect(seen(cache)).toEqual([]);
    expect(told(cache.observe('MODIFIED', map('one', 2)))).toEqual(['Modified one 2']);
    expect(seen(cache)).toEqual([]);
    expect(told(cache.observe('DELETED', map('one', 3)))).toEqual(['Deleted one 3']);
    cache.wrote(map('one', 4, { uid: 'other' }));
    expect(seen(cache)).toEqual(['one 4']);
  });

  test('a list that is newer than a write decides whether it is still there', () => {
    const cache = new ObjectCache<ConfigMap>();
    cache.replace([], '1');
    cache.wrote(map('old', 2));
    cache.wrote(map('new', 9));
    cache.replace([], '5');
    expect(seen(cache)).toEqual(['new 9']);
  });
});

test('objects are found by namespace and by any label, also after it changed', () => {
  const cache = new ObjectCache<ConfigMap>();
  const names = (labels: Record<string, string>) => cache.list({ labels }).map(({ metadata }) => metadata.name);
  cache.replace([map('one', 1, { labels: { team: 'x' } }), map('two', 2, { labels: { team: 'y' } })], '2');
  expect(names({ team: 'x' })).toEqual(['one']);
  cache.observe('MODIFIED', map('two', 3, { labels: { team: 'x', more: '1' } }));
  expect(names({ team: 'x' }).sort()).toEqual(['one', 'two']);
  expect(names({ team: 'x', more: '1' })).toEqual(['two']);
  expect(names({ team: 'y' })).toEqual([]);
  cache.observe('DELETED', map('one', 4));
  expect(names({ team: 'x' })).toEqual(['two']);
  expect(cache.list({ namespace: 'b' })).toEqual([]);
});

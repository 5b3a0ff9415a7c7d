import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { configMap } from '../conformance/case.ts';
import { ObjectStore } from './object-store.ts';

const newFolder = () => mkdtempSync(path.join(tmpdir(), 'wikigpt-store-'));
let uids = 0;
const open = (folder: string) =>
  new ObjectStore({ folder, now: () => new Date(0), uid: () => `uid-${++uids}`, gracefulPods: false });

test('a store that is opened again has the same objects and goes on counting', () => {
  const folder = newFolder();
  const first = open(folder).apply(configMap('default', 'a', { x: '1' }), 'test');
  const again = open(folder);
  expect(again.get('ConfigMap', 'default', 'a')).toEqual(first);
  const next = again.apply(configMap('default', 'a', {}), 'test');
  expect(next.data).toEqual({});
  expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
});

test('a file that is no object is named, with what to do about it', () => {
  const folder = newFolder();
  open(folder).apply(configMap('default', 'a', {}), 'test');
  const file = path.join(folder, 'configmaps', 'default', 'a.json');
  for (const [text, found] of [
    ['{"half', 'JSON'],
    ['{"kind": "Pod", "metadata": {}}', 'its kind is Pod, expected ConfigMap'],
  ] as const) {
    writeFileSync(file, text);
    expect(() => open(folder)).toThrow(new RegExp(`${file} does not hold a ConfigMap .*${found}.*Delete that file`));
  }
});

test('what cannot be written changes nothing and leaves no draft', () => {
  const folder = newFolder();
  const store = open(folder);
  store.apply(configMap('default', 'a', { x: '1' }), 'test');
  const place = path.join(folder, 'configmaps', 'default');
  rmSync(path.join(place, 'a.json'));
  mkdirSync(path.join(place, 'a.json'));
  expect(() => store.apply(configMap('default', 'a', { x: '2' }), 'test')).toThrow('EISDIR');
  expect(store.get('ConfigMap', 'default', 'a')?.data).toEqual({ x: '1' });
  expect(readdirSync(place)).toEqual(['a.json']);
});

test('an object whose owner has gone meanwhile does not stay', () => {
  const store = open(newFolder());
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'gone' };
  store.apply(configMap('default', 'late', {}, { ownerReferences: [owner] }), 'test');
  expect(store.list('ConfigMap')).toEqual([]);
});

test('listeners hear changes in order, also those that a listener makes', () => {
  const store = open(newFolder());
  const heard: string[] = [];
  store.subscribe(({ type, object }) => {
    if (type === 'Added' && object.metadata.name === 'a') store.apply(configMap('default', 'b', {}), 'test');
  });
  store.subscribe(({ type, object }) => heard.push(`${type} ${object.metadata.name}`));
  store.apply(configMap('default', 'a', {}), 'test');
  expect(heard).toEqual(['Added a', 'Added b']);
});

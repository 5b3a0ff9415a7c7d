import { expect, test } from 'vitest';
import type { ConfigMap } from './cluster/objects.ts';
import { listQueries, WakeIndex } from './wake-index.ts';

const map = (name: string, labels: Record<string, string> = {}, namespace = 'a'): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name, labels },
});
const facts = { kind: 'ConfigMap', name: 'facts' } as const;
const labelled = { kind: 'ConfigMap', label: ['team', 'x'] } as const;

test('a change finds everybody who looks at the object, by name or by label, each once', () => {
  const index = new WakeIndex();
  index.set('a/one', 'a', { facts, labelled });
  index.set('a/two', 'a', { all: [facts] });
  index.set('b/three', 'b', { facts });
  expect([...index.lookersAt(map('facts', { team: 'x' }))].sort()).toEqual(['a/one', 'a/two']);
  expect([...index.lookersAt(map('other', { team: 'x' }))]).toEqual(['a/one']);
  expect([...index.lookersAt(map('facts', {}, 'b'))]).toEqual(['b/three']);
});

test('who looks elsewhere, or is gone, is not found any more', () => {
  const index = new WakeIndex();
  for (const key of ['a/one', 'a/two', 'a/three']) index.set(key, 'a', { facts });
  index.set('a/one', 'a', { facts });
  index.set('a/two', 'a', { labelled });
  index.delete('a/three');
  expect([...index.lookersAt(map('facts'))]).toEqual(['a/one']);
  index.delete('a/one');
  expect([...index.lookersAt(map('facts'))]).toEqual([]);
});

test('names that are left empty are not looked at', () => {
  expect(listQueries({ none: { kind: 'ConfigMap', name: '' }, facts, many: [facts, labelled as never] })).toEqual([
    facts,
    facts,
    labelled,
  ]);
});

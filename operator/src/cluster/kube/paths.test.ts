import { expect, test } from 'vitest';
import { collectionPath, isInScope, labelSelector, objectPath, scopeCovers, scopeText } from './paths.ts';

test.for([
  [collectionPath('Pod'), '/api/v1/pods'],
  [collectionPath('Pod', 'team-a'), '/api/v1/namespaces/team-a/pods'],
  [collectionPath('Job', 'team-a'), '/apis/batch/v1/namespaces/team-a/jobs'],
  [objectPath('FineTuneJob', 'a', 'b'), '/apis/wikigpt.dev/v1alpha1/namespaces/a/finetunejobs/b'],
  [objectPath('ChatModel', 'a', 'b', 'status'), '/apis/wikigpt.dev/v1alpha1/namespaces/a/chatmodels/b/status'],
  [objectPath('ConfigMap', 'a', '../b'), '/api/v1/namespaces/a/configmaps/..%2Fb'],
])('the path %s', ([path, expected]) => {
  expect(path).toBe(expected);
});

test('a selector and a scope read the same in whatever order their labels were written', () => {
  expect(labelSelector({ b: '2', a: '1' })).toBe('a=1,b=2');
  expect(labelSelector({})).toBeUndefined();
  expect(scopeText('Pod', { labels: { b: '2', a: '1' } })).toBe(scopeText('Pod', { labels: { a: '1', b: '2' } }));
});

test.for([
  [{}, { namespace: 'a' }, true],
  [{ namespace: 'a' }, {}, false],
  [{ namespace: 'a' }, { namespace: 'b' }, false],
  [{ labels: { x: '1' } }, { labels: { x: '1', y: '2' } }, true],
  [{ labels: { x: '1' } }, { labels: { y: '2' } }, false],
] as const)('scope %j covers %j: %s', ([outer, inner, covered]) => {
  expect(scopeCovers(outer, inner)).toBe(covered);
});

test('an object is in a scope by its namespace and all its labels', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'a', name: 'b', labels: { x: '1', y: '2' } },
  } as const;
  expect(isInScope(object, { namespace: 'a', labels: { x: '1' } })).toBe(true);
  expect(isInScope(object, { namespace: 'b' })).toBe(false);
  expect(isInScope(object, { labels: { x: '2' } })).toBe(false);
});

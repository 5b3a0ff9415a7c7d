import { expect, test } from 'vitest';
import { AppliedObjects } from './applied-objects.ts';
import type { Deployment } from './cluster/objects.ts';

function deployment(cpu: string | number, metadata: Partial<Deployment['metadata']> = {}): Deployment {
  const labels = { app: 'x' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'a', name: 'b', labels, ...metadata },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { spec: { containers: [{ name: 'main', image: 'i', resources: { limits: { cpu } } }] } },
    },
  };
}
const kept = (generation: number, more: Partial<Deployment['metadata']> = {}) =>
  deployment('500m', { uid: 'u', generation, resourceVersion: '7', ...more });

test('what the server keeps in other words stands until somebody changes it', () => {
  const applied = new AppliedObjects();
  const wanted = deployment('0.5');
  expect(applied.stands(kept(1), wanted)).toBe(false);
  applied.remember(kept(1), wanted);
  expect(applied.stands(kept(1), wanted)).toBe(true);
  expect(applied.stands(kept(1, { resourceVersion: '8' }), wanted)).toBe(true);
  expect(applied.stands(kept(2), wanted)).toBe(false);
  expect(applied.stands(kept(1, { uid: 'other' }), wanted)).toBe(false);
  expect(applied.stands(kept(1, { labels: {} }), wanted)).toBe(false);
  expect(applied.stands(kept(1), deployment('0.6'))).toBe(false);
  expect(applied.stands(undefined, wanted)).toBe(false);
});

test('an object that says what was applied needs no memory', () => {
  const applied = new AppliedObjects();
  applied.remember(kept(1), deployment('0.5'));
  applied.remember(kept(1), deployment('500m'));
  expect(applied.stands(kept(1), deployment('0.5'))).toBe(false);
});

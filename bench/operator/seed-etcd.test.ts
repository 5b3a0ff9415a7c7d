import { expect, test } from 'vitest';
import { copyOf } from './seed-etcd.ts';

test('a copy has names and uids of its own, and they still refer to each other', () => {
  const uids = ['11111111-a', '22222222-b'] as const;
  const owner = { name: 'first-0', uid: uids[0] };
  const metadata = { namespace: 'n', resourceVersion: '7' };
  const objects = [
    { apiVersion: 'v1', kind: 'FineTuneJob', metadata: { ...metadata, name: 'first-0', uid: uids[0] } },
    {
      apiVersion: 'v1',
      kind: 'Job',
      metadata: { ...metadata, name: 'first-0-train', uid: uids[1], ownerReferences: [owner] },
    },
  ];
  expect(copyOf({ name: 'first-0', objects }, 'copy-12', 12)).toEqual([
    { apiVersion: 'v1', kind: 'FineTuneJob', metadata: { namespace: 'n', name: 'copy-12', uid: '0000000c-a' } },
    {
      apiVersion: 'v1',
      kind: 'Job',
      metadata: {
        namespace: 'n',
        name: 'copy-12-train',
        uid: '0000000c-b',
        ownerReferences: [{ name: 'copy-12', uid: '0000000c-a' }],
      },
    },
  ]);
});

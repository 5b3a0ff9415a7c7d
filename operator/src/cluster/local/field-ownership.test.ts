import { expect, test } from 'vitest';
import { applyFields, type FieldOwner } from './field-ownership.ts';

const user = { manager: 'user' };
const controller = { manager: 'controller', subresource: 'status' } as const;
const progress = { manager: 'progress', subresource: 'status' } as const;

test('what a writer no longer says is removed, what others say stays', () => {
  const first = applyFields({}, [], { spec: { replicas: 1, chat: { system: 'short' } } }, user);
  const second = applyFields(first.value, first.owners, { status: { url: 'http://x' } }, controller);
  const third = applyFields(second.value, second.owners, { spec: { replicas: 2 } }, user);
  expect(third.value).toEqual({ spec: { replicas: 2 }, status: { url: 'http://x' } });
});

test('a shared field outlives the first of its owners', () => {
  const both = applyFields({}, [], { spec: { a: 1 } }, user);
  const shared = applyFields(both.value, both.owners, { spec: { a: 1 } }, { manager: 'other' });
  const one = applyFields(shared.value, shared.owners, {}, user);
  expect(one.value).toEqual({ spec: { a: 1 } });
  expect(applyFields(one.value, one.owners, {}, { manager: 'other' }).value).toEqual({});
});

test('a forced value moves ownership to its writer', () => {
  const mine = applyFields({}, [], { spec: { a: 1 } }, user);
  const taken = applyFields(mine.value, mine.owners, { spec: { a: 2 } }, { manager: 'other' });
  expect(taken.owners).toEqual([{ manager: 'other', paths: ['["spec","a"]'] }]);
  expect(applyFields(taken.value, taken.owners, {}, user).value).toEqual({ spec: { a: 2 } });
});

test('two writers each own their condition', () => {
  const reported = { type: 'Reported', status: 'True', reason: 'Training' };
  const pending = { type: 'Succeeded', status: 'Unknown', reason: 'Pending' };
  const one = applyFields({}, [], { status: { conditions: [pending] } }, controller);
  const two = applyFields(one.value, one.owners, { status: { conditions: [reported] } }, progress);
  const three = applyFields(
    two.value,
    two.owners,
    { status: { conditions: [{ ...pending, reason: 'Training' }] } },
    controller,
  );
  expect(three.value).toEqual({ status: { conditions: [{ ...pending, reason: 'Training' }, reported] } });
});

test('a list is one value: the newer replaces the older whole', () => {
  const one = applyFields({}, [], { spec: { args: ['a', 'b'] } }, user);
  const two = applyFields(one.value, one.owners, { spec: { args: ['c'] } }, user);
  expect(two.value).toEqual({ spec: { args: ['c'] } });
  const owners: readonly FieldOwner[] = two.owners;
  expect(owners).toEqual([{ manager: 'user', paths: ['["spec","args"]'] }]);
});

test('an empty map leaves the members of other writers alone', () => {
  const one = applyFields({}, [], { metadata: { labels: { a: '1' } } }, user);
  const two = applyFields(one.value, one.owners, { metadata: { labels: {} } }, { manager: 'other' });
  expect(two.value).toEqual({ metadata: { labels: { a: '1' } } });
});

import { expect, test } from 'vitest';
import { covers } from './covers.ts';

test.for<[string, unknown, unknown, boolean]>([
  ['the same', { a: { b: 1 } }, { a: { b: 1 } }, true],
  ['what others added', { a: 1, defaulted: true }, { a: 1 }, true],
  ['another value', { a: 1 }, { a: 2 }, false],
  ['a member that should be gone', { a: 1, url: 'x' }, { a: 1, url: undefined }, false],
  ['a member that is gone', { a: 1 }, { a: 1, url: undefined }, true],
  ['a shorter list', { list: ['a', 'b'] }, { list: ['a'] }, false],
  ['a list whose items were given defaults', { list: [{ a: 1, d: 2 }] }, { list: [{ a: 1 }] }, true],
  ['an empty map that was left out', {}, { resources: {} }, true],
  ['nothing', undefined, { a: 1 }, false],
  [
    'conditions of other writers',
    [
      { type: 'Mine', status: 'True' },
      { type: 'Theirs', status: 'True' },
    ],
    [{ type: 'Mine', status: 'True' }],
    true,
  ],
  ['a condition that changed', [{ type: 'Mine', status: 'True' }], [{ type: 'Mine', status: 'False' }], false],
])('%s', ([, current, wanted, expected]) => {
  expect(covers(current, wanted)).toBe(expected);
});

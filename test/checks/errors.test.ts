import { expect, test } from 'vitest';
import { trainerErrors } from '../../trainer-image/src/errors.ts';
import { documentedNames, tableRows } from './tables.ts';

const page = 'docs/errors.md';

test('docs/errors.md has every code of the trainer, and no other', () => {
  expect(documentedNames(page, 'Trainer').toSorted()).toEqual(Object.keys(trainerErrors).toSorted());
});

test('docs/errors.md gives the exit code of the trainer and whether it is tried again', () => {
  const written = tableRows(page, 'Trainer')
    .slice(1)
    .map(([code = '', exit, again]) => [code.replaceAll('`', ''), Number(exit), again]);
  const expected = Object.entries(trainerErrors).map(([code, { exitCode, retryable }]) => [
    code,
    exitCode,
    retryable ? 'yes' : 'no',
  ]);
  expect(written.toSorted()).toEqual(expected.toSorted());
});

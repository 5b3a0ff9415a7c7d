import { meaningOfExit, stoppedBySignal } from '@wikigpt/schema/task.ts';
import { expect, test } from 'vitest';
import { operatorErrors } from '../../operator/src/errors.ts';
import { trainerErrors } from '../../trainer-image/src/errors.ts';
import { documentedNames, tableRows } from './tables.ts';

const page = 'docs/errors.md';

test('docs/errors.md has every code of the trainer with its exit code and whether it is tried again, and no other', () => {
  const written = new Map(
    tableRows(page, 'Trainer')
      .slice(1)
      .map(([code = '', exit, again]) => [
        code.replaceAll('`', ''),
        { exitCode: Number(exit), retryable: again === 'yes' },
      ]),
  );
  expect(Object.fromEntries(written)).toEqual(trainerErrors);
});

test('docs/errors.md has every code of the operator with its exit code, and no other', () => {
  const written = tableRows(page, 'Operator')
    .slice(1)
    .map(([code = '', exit]) => [code.replaceAll('`', ''), { exitCode: Number(exit) }] as const);
  expect(Object.fromEntries(written)).toEqual(operatorErrors);
});

test('no code is documented twice', () => {
  for (const heading of ['Trainer', 'Operator']) {
    const names = documentedNames(page, heading);
    expect(names).toEqual([...new Set(names)]);
  }
});

const { Cancelled: cancelled, ...failures } = trainerErrors;

test.each(Object.entries(failures))(
  'the operator reads the exit code of %s as the trainer means it',
  (code, { exitCode, retryable }) => {
    const meaning = meaningOfExit(exitCode);
    expect(meaning.retryable).toBe(retryable);
    expect([code, 'InvalidSpec', 'TrainerFailed']).toContain(meaning.reason);
  },
);

test('a trainer that was told to stop is no failure to the operator', () => {
  expect(stoppedBySignal).toContain(cancelled.exitCode);
});

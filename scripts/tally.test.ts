import { expect, test } from 'vitest';
import { addTallies, tallyOf } from './tally.ts';

function report(passed: number, failed: number, testResults: object[] = []): string {
  return JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults,
  });
}

test('counts what a report holds', () => {
  expect(tallyOf(report(5, 0), true)).toEqual({ passed: 5, failed: 0, skipped: 2 });
  expect(tallyOf(report(5, 2), false)).toEqual({ passed: 5, failed: 2, skipped: 2 });
});

test('a test file that could not be loaded is a failure', () => {
  const broken = [{ status: 'failed', assertionResults: [] }];
  expect(tallyOf(report(5, 0, broken), false)).toMatchObject({ passed: 5, failed: 1 });
});

test('a run without a report, without tests or with a stray error is a failure', () => {
  expect(tallyOf('', false)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(tallyOf(report(0, 0), true)).toMatchObject({ failed: 1 });
  expect(tallyOf(report(5, 0), false)).toMatchObject({ passed: 5, failed: 1 });
});

test('adds', () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  expect(addTallies(one, one)).toEqual({ passed: 2, failed: 4, skipped: 6 });
});

/** How many checks of a run ended in which way. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

export function addTallies(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/**
 * Counts a vitest JSON report. A file that could not be loaded counts as one failure, and so does a run that
 * failed without a failed test: no report, no tests, or an error outside of any test.
 */
export function tallyOf(report: string, exitedClean: boolean): Tally {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = parse(report);
  const unloadable = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const failed = numFailedTests + unloadable;
  return {
    passed: numPassedTests,
    failed: failed === 0 && (!exitedClean || numPassedTests === 0) ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
  };
}

function parse(report: string): VitestReport {
  if (report !== '') return JSON.parse(report) as VitestReport;
  return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
}

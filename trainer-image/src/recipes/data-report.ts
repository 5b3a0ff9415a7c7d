import type { DataReport } from '@wikigpt/schema/job-status.ts';
import type { PreparedData } from '../data/prepare.ts';

/** What was found in the data; records too long for a row count as dropped. */
export function dataReport({ summary }: PreparedData, tooLong: number): DataReport {
  const dropped = Object.values(summary.dropped).reduce((sum, count) => sum + count, tooLong);
  const { train, validation, test, digest } = summary;
  return {
    records: summary.records - tooLong,
    dropped,
    train,
    validation,
    test,
    leakagePercent: summary.leakagePercent.toFixed(1),
    digest,
  };
}

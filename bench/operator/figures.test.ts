import { expect, test } from 'vitest';
import { apiUse, callsBetween, percentile, total, writes } from './figures.ts';

test('a percentile is one of the values', () => {
  const values = [5, 1, 4, 2, 3];
  expect([0, 50, 99, 100].map((percent) => percentile(values, percent))).toEqual([1, 3, 5, 5]);
  expect(percentile([], 50)).toBeNaN();
});

test('calls are read from the page of an operator, without those that keep its Lease', () => {
  const page = (jobs: number) =>
    [
      '# HELP wikigpt_api_calls_total Calls.',
      `wikigpt_api_calls_total{verb="patch",resource="jobs",status="201"} ${jobs}`,
      'wikigpt_api_calls_total{verb="patch",resource="jobs",status="409"} 1',
      'wikigpt_api_calls_total{verb="watch",resource="jobs",status="200"} 3',
      `wikigpt_api_calls_total{verb="create",resource="tokenreviews",status="201"} ${jobs}`,
      `wikigpt_api_calls_total{verb="update",resource="leases",status="200"} ${9 * jobs}`,
      'wikigpt_api_connections_total 12',
    ].join('\n');
  const [before, after] = [apiUse(page(0)), apiUse(page(4))];
  expect(before).toEqual({ calls: { 'patch jobs': 1, 'watch jobs': 3, 'create tokenreviews': 0 }, connections: 12 });
  const calls = callsBetween(before, after, 2);
  expect(calls).toEqual({ 'patch jobs': 2, 'create tokenreviews': 2 });
  expect([total(calls), writes(calls)]).toEqual([4, 2]);
});

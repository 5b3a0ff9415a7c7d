import type { Table } from '../table.ts';
import { percentile } from './figures.ts';
import type { Found } from './measure.ts';

/** What the project has set itself, by the case and the figure that must stay under it (or, as a rate, above). */
const goals: Readonly<Record<string, string>> = {
  'idle create → child Job p50, ms': '< 50',
  'idle create → child Job p99, ms': '< 250',
  'idle API calls, a job': '≤ 6',
  'load create → child Job p99, ms': '< 2000',
  'burst child Jobs, 1/s': '≥ 100',
  'cached 10,000 jobs: resident, MB': '< 200',
  'cached 10,000 jobs: writes in an idle minute': '0',
  'cached 10,000 jobs: idle CPU, ms a minute': '< 600',
  'cached 10,000 jobs after a restart: resident, MB': '< 200',
  'cached 10,000 jobs after a restart: writes in an idle minute': '0',
  'cached 10,000 jobs after a restart: idle CPU, ms a minute': '< 600',
  'cached restart → ready, ms': '< 5000',
  'failover leader killed → next child, ms': '< 20000',
  'failover leader stopped → next child, ms': '< 3000',
};

/** One row for each figure over the rounds of a case; a round without the figure counts as 0. */
export function summarize(name: string, found: readonly Found[]): Table['rows'][number][] {
  const figures = [...new Set(found.flatMap((round) => Object.keys(round)))];
  return figures.map((figure) => {
    const values = found.map((round) => round[figure] ?? 0);
    return {
      case: name,
      figure,
      rounds: values.length,
      min: rounded(Math.min(...values)),
      median: rounded(percentile(values, 50)),
      max: rounded(Math.max(...values)),
      goal: goals[`${name} ${figure}`] ?? '',
    };
  });
}

function rounded(value: number): number {
  return Number(value.toFixed(Math.abs(value) < 100 ? 1 : 0));
}

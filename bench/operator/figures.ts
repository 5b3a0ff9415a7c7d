/** The smallest value that so many percent of the values are not above. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** Samples of a page of metrics in Prometheus' text format, by name and labels as they are written there. */
function readMetrics(page: string): ReadonlyMap<string, number> {
  return new Map(
    page
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );
}

/** What an operator has asked of the API server so far. */
export interface ApiUse {
  /** Calls by verb and resource, as `patch jobs`; those that keep the Lease are left out. */
  readonly calls: Readonly<Record<string, number>>;
  readonly connections: number;
}

/** Reads the use of the API from an operator's metrics. */
export function apiUse(page: string): ApiUse {
  const samples = readMetrics(page);
  const calls: Record<string, number> = {};
  for (const [sample, count] of samples) {
    const [, verb, resource] = /^wikigpt_api_calls_total\{verb="([^"]*)",resource="([^"]*)"/.exec(sample) ?? [];
    if (verb === undefined || resource === 'leases') continue;
    calls[`${verb} ${resource}`] = (calls[`${verb} ${resource}`] ?? 0) + count;
  }
  return { calls, connections: samples.get('wikigpt_api_connections_total') ?? 0 };
}

/** How many FineTuneJobs an operator knows the state of. */
export function jobCount(page: string): number {
  return [...readMetrics(page)]
    .filter(([sample]) => sample.startsWith('wikigpt_resources{kind="FineTuneJob"'))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** Calls made between two looks, those of each kind divided by `share`; kinds without any are left out. */
export function callsBetween(before: ApiUse, after: ApiUse, share = 1): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(after.calls)
      .map(([call, count]) => [call, (count - (before.calls[call] ?? 0)) / share] as const)
      .filter(([, count]) => count > 0)
      .toSorted(([, a], [, b]) => b - a),
  );
}

/** Calls that change something; a TokenReview is a question. */
export function writes(calls: Readonly<Record<string, number>>): number {
  return Object.entries(calls)
    .filter(([call]) => /^(create|update|patch|delete) (?!tokenreviews)/.test(call))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** The sum of all calls. */
export function total(calls: Readonly<Record<string, number>>): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}

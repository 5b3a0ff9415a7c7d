import { setTimeout as sleep } from 'node:timers/promises';
import { callsBetween, percentile, total, writes } from './figures.ts';
import { JobCrowd, jobNames } from './job-crowd.ts';
import type { OperatorProcess } from './operator-process.ts';
import { createJobNamespace, type Stage } from './stage.ts';

/** What one round found: figures by name, with the unit in the name. */
export type Found = Readonly<Record<string, number>>;

/** A crowd of jobs in a namespace of its own. */
export async function openCrowd({ cluster }: Stage, namespace: string): Promise<JobCrowd> {
  await createJobNamespace(cluster, namespace);
  const crowd = new JobCrowd(cluster, namespace);
  await crowd.synced();
  return crowd;
}

/** Jobs one after the other on an otherwise idle operator: how soon each has its child, and what its whole life costs. */
export async function oneByOne(stage: Stage, operator: OperatorProcess, namespace: string): Promise<Found> {
  const crowd = await openCrowd(stage, namespace);
  // The first job of a namespace finds no claim for results yet.
  await lives(crowd, jobNames('first', 1), 0);
  const names = jobNames('idle', 50);
  const before = await operator.apiUse();
  await crowd.create(names, 200);
  const times = await crowd.children(names);
  await crowd.complete(names);
  // The last write of a life comes after the state that ends it.
  await sleep(2_000);
  const calls = callsBetween(before, await operator.apiUse(), names.length);
  crowd.close();
  const each = Object.entries(calls).map(([call, count]) => [`${call}, a job`, count]);
  return {
    'create → child Job p50, ms': percentile(times, 50),
    'create → child Job p99, ms': percentile(times, 99),
    'API calls, a job': total(calls),
    'API writes, a job': writes(calls),
    ...(Object.fromEntries(each) as Found),
  };
}

/** Jobs that arrive at a pace whatever becomes of them. */
export async function atPace(stage: Stage, namespace: string, everyMs: number, count: number): Promise<Found> {
  const crowd = await openCrowd(stage, namespace);
  const names = jobNames('paced', count);
  const started = performance.now();
  await crowd.create(names, everyMs);
  const arrived = performance.now();
  const times = await crowd.children(names);
  await crowd.complete(names);
  crowd.close();
  return {
    'jobs that arrived, 1/s': (1000 * count) / (arrived - started),
    'create → child Job p50, ms': percentile(times, 50),
    'create → child Job p99, ms': percentile(times, 99),
  };
}

/** As many jobs at once as the API server takes: how many a second get their child, and what that costs the operator. */
export async function allAtOnce(
  stage: Stage,
  operator: OperatorProcess,
  namespace: string,
  count: number,
): Promise<Found> {
  const crowd = await openCrowd(stage, namespace);
  const names = jobNames('burst', count);
  const [started, cpuBefore] = [performance.now(), await operator.cpuMs()];
  await crowd.create(names, 0);
  await crowd.children(names);
  const seconds = (crowd.lastChildAt - started) / 1000;
  const cpuMs = (await operator.cpuMs()) - cpuBefore;
  await crowd.complete(names);
  const wholeSeconds = (performance.now() - started) / 1000;
  crowd.close();
  return {
    'child Jobs, 1/s': count / seconds,
    'whole lives, 1/s': count / wholeSeconds,
    'operator until the last child, CPU ms a job': cpuMs / count,
  };
}

/** A minute in which nothing changes. */
export async function quietMinute(operator: OperatorProcess): Promise<Found> {
  const [before, cpuBefore] = [await operator.apiUse(), await operator.cpuMs()];
  await sleep(60_000);
  const calls = callsBetween(before, await operator.apiUse());
  const memory = await operator.memory();
  return {
    'resident, MB': memory.now,
    'most resident, MB': memory.most,
    'idle CPU, ms a minute': (await operator.cpuMs()) - cpuBefore,
    'writes in an idle minute': writes(calls),
  };
}

/** Runs jobs to their end. */
export async function lives(crowd: JobCrowd, names: readonly string[], everyMs: number): Promise<void> {
  await crowd.create(names, everyMs);
  await crowd.complete(names);
}

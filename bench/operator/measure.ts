import { setTimeout as sleep } from 'node:timers/promises';
import type { Kind } from '../../operator/src/cluster/kinds.ts';
import { objectPath } from '../../operator/src/cluster/kube/paths.ts';
import { callsBetween, percentile, total, writes } from './figures.ts';
import { JobCrowd, jobNames } from './job-crowd.ts';
import type { OperatorProcess } from './operator-process.ts';
import type { Sample, Shown } from './seed-etcd.ts';
import { createJobNamespace, type Stage } from './stage.ts';

/** What one round found: figures by name, with the unit in the name. */
export type Found = Readonly<Record<string, number>>;

/** A crowd of jobs in a namespace of its own. */
export async function openCrowd(stage: Stage, namespace: string, ends = true): Promise<JobCrowd> {
  await createJobNamespace(stage, namespace);
  const crowd = new JobCrowd(stage.cluster, namespace, ends && !stage.pods);
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
  const crowd = await openCrowd(stage, namespace, false);
  const names = jobNames('paced', count);
  const started = performance.now();
  await crowd.create(names, everyMs);
  const arrived = performance.now();
  const times = await crowd.children(names);
  crowd.close();
  return {
    'jobs that arrived, 1/s': (1000 * count) / (arrived - started),
    'create → child Job p50, ms': percentile(times, 50),
    'create → child Job p99, ms': percentile(times, 99),
  };
}

/** As many jobs at once as the API server takes: how many a second get their child, and what that costs everybody. */
export async function allAtOnce(
  stage: Stage,
  operator: OperatorProcess,
  namespace: string,
  count: number,
): Promise<Found> {
  const crowd = await openCrowd(stage, namespace, stage.pods);
  const names = jobNames('burst', count);
  const used = async () => ({ operator: await operator.cpuMs(), ...(await stage.cpuMs()) });
  const [started, before] = [performance.now(), await used()];
  await crowd.create(names, 0);
  await crowd.children(names);
  const found: Record<string, number> = { 'child Jobs, 1/s': (1000 * count) / (crowd.lastChildAt - started) };
  if (stage.pods) {
    await crowd.complete(names);
    found['whole lives, 1/s'] = (1000 * count) / (performance.now() - started);
  }
  crowd.close();
  for (const [program, ms] of Object.entries(await used()))
    found[`${program}, CPU ms a job`] = (ms - (before[program as keyof typeof before] ?? 0)) / count;
  return found;
}

/** A job that has ended, with its Job, pod and ConfigMap, as the API server shows them. */
export async function sampleOf({ cluster: { rest } }: Stage, namespace: string, name: string): Promise<Sample> {
  const wanted = { FineTuneJob: name, Job: `${name}-train`, Pod: `${name}-train-0`, ConfigMap: `${name}-train-task` };
  const objects: Shown[] = [];
  for (const [kind, each] of Object.entries(wanted))
    objects.push(await rest.json<Shown>({ method: 'GET', path: objectPath(kind as Kind, namespace, each) }));
  return { name, objects };
}

/** Resolves when an operator has looked at so many jobs. */
export async function untilCached(operator: OperatorProcess, count: number): Promise<void> {
  const until = performance.now() + 300_000;
  for (let known = 0; known < count; known = await operator.jobs()) {
    if (performance.now() > until) throw new Error(`the operator knows ${known} of ${count} jobs after 300 s`);
    await sleep(500);
  }
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

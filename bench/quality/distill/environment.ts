import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProgressReport } from '@wikigpt/schema/task.ts';
import { silent } from '../../../trainer-image/src/log.ts';
import type { RunEnvironment } from '../../../trainer-image/src/recipes/run-environment.ts';
import type { BenchRequest } from '../../bench.ts';

/** A container of its own for a recipe: files below `root`, work in `work`, what it reports into `reports`. */
export async function recipeEnvironment(
  root: string,
  work: string,
  reports: ProgressReport[],
  { threads, signal }: Pick<BenchRequest, 'threads' | 'signal'>,
): Promise<RunEnvironment> {
  const folder = join(root, work);
  await mkdir(folder, { recursive: true });
  return {
    root,
    work: folder,
    environment: {},
    threads,
    logger: silent,
    progress: { report: (report) => reports.push(report), flush: async () => true },
    signal,
    now: () => performance.now(),
    date: () => new Date(),
  };
}

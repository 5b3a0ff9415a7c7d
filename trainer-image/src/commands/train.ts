import { mkdir } from 'node:fs/promises';
import { task as taskSchema, type Task } from '@wikigpt/schema/task.ts';
import { containerPath, containerPaths, type ContainerConfig } from '../container.ts';
import { TrainerError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { startMetricsServer } from '../progress/metrics-server.ts';
import { createProgressClient, noProgress, type ProgressClient } from '../progress/progress-client.ts';
import { distill } from '../recipes/distill.ts';
import { fineTune } from '../recipes/fine-tune.ts';
import { readTask } from './read-task.ts';

/** How long the last report may take to reach an operator that is restarting. */
const lastReportMs = 60_000;

/** Runs the task of this container to its end; fails with Cancelled when the signal stops it. */
export async function train(config: ContainerConfig, logger: Logger, signal: AbortSignal): Promise<void> {
  const task = await readTask(containerPath(config.root, containerPaths.task), taskSchema);
  const work = containerPath(config.root, containerPaths.work);
  await mkdir(work, { recursive: true });
  const now = (): number => performance.now();
  const reports =
    config.progressUrl === null
      ? noProgress
      : createProgressClient({
          url: config.progressUrl,
          tokenFile: containerPath(config.root, containerPaths.token),
          intervalMs: 1000 * config.progressSeconds,
          logger,
          now,
        });
  const progress = await counted(reports, task, config, logger, now);
  const { root, threads, environment } = config;
  try {
    const env = { root, work, environment, threads, logger, progress, signal, now, date: () => new Date() };
    if (task.kind === 'DistillJob') await distill(task, env);
    else await fineTune(task, env);
  } catch (error) {
    // What is known of the failed run is still worth showing, but must not hold up its end.
    await progress.flush(2000);
    throw error;
  }
  if (!(await progress.flush(lastReportMs)))
    throw new TrainerError(
      'TrainerFailed',
      `The result is published, but the operator did not take the report for ${lastReportMs / 1000} s; check that it runs.`,
    );
}

/** Nobody's training ends because its metrics cannot be asked for. */
async function counted(
  reports: ProgressClient,
  { kind, metadata: { namespace, name } }: Task,
  { metricsPort }: ContainerConfig,
  logger: Logger,
  now: () => number,
): Promise<ProgressClient> {
  if (metricsPort === null) return reports;
  try {
    return (await startMetricsServer({ labels: { kind, namespace, name }, port: metricsPort })).counting(reports, now);
  } catch (error) {
    logger.warn('metrics are not served', { error });
    return reports;
  }
}

import type { ProgressReport } from '@wikigpt/schema/task.ts';
import type { TrainingJob } from '../cluster/kinds.ts';
import { referenceTo } from '../cluster/kinds.ts';
import type { Cluster } from '../cluster/port.ts';
import { KeyedTurns } from '../keyed-turns.ts';
import type { OperatorMetrics } from '../metrics.ts';
import { Slots } from '../slots.ts';
import { isNews, withReport } from './report-parts.ts';

export interface ProgressWriterOptions {
  readonly cluster: Cluster;
  readonly metrics: OperatorMetrics;
  readonly now: () => Date;
  /** Shortest time between two writes of mere progress for one job; news is written at once. */
  readonly minIntervalMs: number;
}

const progressManager = 'wikigpt-progress';
/** Writes that are open at once: a small part of what the controllers may have open, so that they never wait for these. */
const writesAtOnce = 8;
/** Jobs whose last write is remembered: those that reported last. */
const remembered = 10_000;

/** Writes what pods report into the status of their jobs: one write at a time for each job, mere progress not too often. */
export class ProgressWriter {
  readonly #options: ProgressWriterOptions;
  readonly #turns = new KeyedTurns();
  readonly #writtenAt = new Map<string, number>();
  readonly #slots = new Slots(writesAtOnce);

  constructor(options: ProgressWriterOptions) {
    this.#options = options;
  }

  /** Reports that wait for their turn to be written. */
  get waiting(): number {
    return this.#slots.waiting;
  }

  /** Resolves when the report is written, or was found to be too soon after the last one. */
  write(job: TrainingJob, report: ProgressReport, pod: string): Promise<void> {
    const key = `${job.kind}/${job.metadata.namespace}/${job.metadata.name}`;
    return this.#turns.take(key, () => this.#write(key, job, report, pod));
  }

  async #write(key: string, { kind, metadata }: TrainingJob, report: ProgressReport, pod: string): Promise<void> {
    const { cluster, metrics, now, minIntervalMs } = this.#options;
    const { namespace, name } = metadata;
    const job = await cluster.get(kind, namespace, name);
    if (!job || job.metadata.uid !== metadata.uid) return;
    if (report.progress) metrics.setProgress(job, report.progress);
    const tooSoon = now().getTime() - (this.#writtenAt.get(key) ?? -Infinity) < minIntervalMs;
    const isLast = report.progress !== undefined && report.progress.step >= report.progress.totalSteps;
    if (tooSoon && !isLast && !isNews(report, job, pod)) return;
    this.#writtenAt.delete(key);
    this.#writtenAt.set(key, now().getTime());
    const [oldest] = this.#writtenAt.keys();
    if (this.#writtenAt.size > remembered && oldest !== undefined) this.#writtenAt.delete(oldest);
    const id = { kind, namespace, name, ...(job.metadata.uid === undefined ? {} : { uid: job.metadata.uid }) };
    await this.#slots.take(async () => {
      // What was known may have changed while this waited.
      const current = (await cluster.get(kind, namespace, name)) ?? job;
      await cluster.patchStatus(id, withReport(current, report, pod, now()), progressManager);
    });
    const { checkpoint, rollbacks } = report;
    if (checkpoint && checkpoint.step !== job.status?.checkpoint?.step)
      await cluster.recordEvent({
        regarding: referenceTo(job),
        type: 'Normal',
        reason: 'CheckpointSaved',
        message: `step ${checkpoint.step}`,
      });
    const known = job.status?.rollbacks;
    // A pod that is started again may meet the same step again.
    if (rollbacks && (rollbacks.step !== known?.step || rollbacks.count !== known.count))
      await cluster.recordEvent({
        regarding: referenceTo(job),
        type: 'Warning',
        reason: 'RolledBack',
        message: `the loss of step ${rollbacks.step} was not a number: back to step ${rollbacks.toStep} at half the learning rate, ${rollbacks.learningRate}`,
      });
  }
}

import { Worker } from 'node:worker_threads';
import { TrainerError } from '../errors.ts';
import type { ProgressClient } from './progress-client.ts';
import type { JobLabels, StepMeasurement } from './training-metrics.ts';

export interface MetricsServerOptions {
  readonly labels: JobLabels;
  /** 0 is any free one. */
  readonly port: number;
}

export type FromMetrics = { readonly port: number } | { readonly broken: string };

/** A trainer's own /metrics. */
export interface MetricsServer {
  readonly port: number;
  /** Passes reports on, and counts the steps among them; `now` in milliseconds. */
  counting(progress: ProgressClient, now: () => number): ProgressClient;
  close(): Promise<void>;
}

/** Serves a trainer's metrics from a worker thread; fails with TrainerFailed when the port cannot be opened. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const worker = new Worker(new URL('./metrics-worker.ts', import.meta.url), { workerData: options });
  const first = await new Promise<FromMetrics>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if ('broken' in first) {
    await worker.terminate();
    throw new TrainerError('TrainerFailed', first.broken);
  }
  worker.on('error', () => undefined);
  // It never holds up the end of the process.
  worker.unref();
  return {
    port: first.port,
    counting(progress, now) {
      let last: { readonly step: number; readonly at: number } | undefined;
      return {
        ...progress,
        report(report) {
          if (report.progress) {
            const at = now();
            const { step } = report.progress;
            const follows = last && step === last.step + 1 ? { seconds: (at - last.at) / 1000 } : {};
            const measurement: StepMeasurement = { progress: report.progress, ...follows };
            // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
            worker.postMessage(measurement);
            last = { step, at };
          }
          progress.report(report);
        },
      };
    },
    async close() {
      await worker.terminate();
    },
  };
}

import { readFile } from 'node:fs/promises';
import type { ProgressReport } from '@wikigpt/schema/task.ts';
import type { Logger } from '../log.ts';

export interface ProgressClientOptions {
  readonly url: string;
  readonly tokenFile: string;
  readonly intervalMs: number;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Takes reports from the trainer and brings them to the operator. */
export interface ProgressClient {
  /** Notes a report; it is sent when the interval has passed, later parts replacing earlier ones. */
  report(report: ProgressReport): void;
  /** Sends what is pending at once, trying for `withinMs`; false when the operator could not be reached. */
  flush(withinMs: number): Promise<boolean>;
}

/** A client that sends at most one report in an interval and never holds training up when the operator is away. */
export function createProgressClient(options: ProgressClientOptions): ProgressClient {
  let pending: ProgressReport = {};
  let sentAt = Number.NEGATIVE_INFINITY;
  let sending: Promise<boolean> | null = null;

  const send = async (): Promise<boolean> => {
    if (Object.keys(pending).length === 0) return true;
    const report = pending;
    pending = {};
    sentAt = options.now();
    const failure = await post(options, report);
    if (failure === null) return true;
    // What was noted meanwhile is newer than what could not be sent.
    pending = { ...report, ...pending };
    options.logger.warn('progress report not delivered', { failure });
    return false;
  };
  const sendOnce = (): Promise<boolean> =>
    (sending ??= send().finally(() => {
      sending = null;
    }));

  return {
    report(report) {
      const phaseChanged = report.phase !== undefined && report.phase !== pending.phase;
      pending = { ...pending, ...report };
      if (phaseChanged || options.now() - sentAt >= options.intervalMs) void sendOnce();
    },
    async flush(withinMs) {
      const until = options.now() + withinMs;
      for (let wait = 100; ; wait = Math.min(2 * wait, 5000)) {
        await sendOnce();
        if (Object.keys(pending).length === 0) return true;
        if (options.now() + wait > until) return false;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    },
  };
}

/** A client for runs that nobody watches. */
export const noProgress: ProgressClient = { report: () => undefined, flush: async () => true };

async function post({ url, tokenFile }: ProgressClientOptions, report: ProgressReport): Promise<string | null> {
  try {
    // The token is read each time: a cluster renews it while the pod runs.
    const token = (await readFile(tokenFile, 'utf8')).trim();
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(report),
      signal: AbortSignal.timeout(10_000),
    });
    const body = await response.text();
    return response.ok ? null : `${response.status} ${body.slice(0, 200)}`;
  } catch (error) {
    const cause = (error as Error).cause;
    return cause instanceof Error ? cause.message : (error as Error).message;
  }
}

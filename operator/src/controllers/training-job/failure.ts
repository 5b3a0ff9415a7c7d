import { succeededReasons, type FailureReason } from '@wikigpt/schema/catalog.ts';
import { meaningOfExit } from '@wikigpt/schema/task.ts';
import type { ContainerTerminated, Job, Pod } from '../../cluster/objects.ts';
import { wasDisrupted } from '../pod-state.ts';

export interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
}

/** Why a Job failed, in the API's words: the pod's own last words where there are some. */
export function jobFailure(job: Job, pods: readonly Pod[]): Failure | undefined {
  if (job.status?.completionTime !== undefined) return undefined;
  // The next pod would be killed as this one was: its limit and its task are the same.
  if (ended(pods)[0]?.reason === 'OOMKilled') return outOfMemory(job);
  const failed = job.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (!failed) return undefined;
  const last = lastFailure(pods);
  if (failed.reason === 'DeadlineExceeded')
    return {
      reason: 'DeadlineExceeded',
      message: `it ran longer than activeDeadlineSeconds: ${job.spec.activeDeadlineSeconds ?? '?'}`,
    };
  if (failed.reason === 'PodFailurePolicy' && last) return last;
  if (failed.reason === 'BackoffLimitExceeded') {
    const times = job.status?.failed ?? 1;
    const words = last ? `; the last time: ${last.reason}: ${last.message}` : '';
    return { reason: 'BackoffLimitExceeded', message: `failed ${times} time${times === 1 ? '' : 's'}${words}` };
  }
  return last ?? { reason: 'TrainerFailed', message: failed.message ?? 'the Job failed' };
}

/** The failure of the pod that failed last, leaving out those that the cluster ended. */
export function lastFailure(pods: readonly Pod[]): Failure | undefined {
  return ended(pods).map(({ exitCode, message }) => explain(exitCode, message))[0];
}

/** How the failed pods ended that the cluster did not end, the last one first. */
function ended(pods: readonly Pod[]): ContainerTerminated[] {
  return pods
    .filter((pod) => pod.status?.phase === 'Failed' && !wasDisrupted(pod))
    .map((pod) => pod.status?.containerStatuses?.[0]?.state.terminated)
    .filter((terminated) => terminated !== undefined)
    .sort((a, b) => b.finishedAt.localeCompare(a.finishedAt));
}

function outOfMemory({ spec }: Job): Failure {
  const limit = spec.template.spec.containers[0]?.resources?.limits?.['memory'];
  return {
    reason: 'OutOfMemory',
    message: `the pod was killed for using more memory than ${limit === undefined ? 'there was' : `its limit of ${limit}`}: make the job again with a lower training.batchTokens, or with resources {mode: Manual} and more memory in requests and limits`,
  };
}

/** Last words read `Reason: sentence`; without them the exit code says what it can. */
export function explain(exitCode: number, words = ''): Failure & { readonly retryable: boolean } {
  const { reason, retryable } = meaningOfExit(exitCode);
  const [, named = '', sentence = ''] = /^([A-Z][A-Za-z]+): ([^]+)$/.exec(words.trim()) ?? [];
  if (isReason(named)) return { reason: named, message: sentence, retryable };
  if (words !== '') return { reason, message: words.trim(), retryable };
  const hint = exitCode === 137 ? 'it was killed, perhaps for using too much memory' : 'see its log';
  return { reason, message: `the process ended with exit code ${exitCode}: ${hint}`, retryable };
}

function isReason(word: string): word is FailureReason {
  return (succeededReasons.False as readonly string[]).includes(word);
}

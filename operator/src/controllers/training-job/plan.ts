import type { AnyObject, TrainingJob } from '../../cluster/kinds.ts';
import type { Job } from '../../cluster/objects.ts';
import { namespaceFixtures } from '../../objects/namespace-fixtures.ts';
import { claimOf } from '../../objects/mounts.ts';
import { outputStore } from '../../objects/output-store.ts';
import type { Settings } from '../../objects/settings.ts';
import { outputClaim, queueOf, taskConfigMap, trainingJob, workClaim } from '../../objects/training.ts';
import { conditionOf } from '../condition.ts';
import { firstBlocked, nothing, removal, type Plan } from '../controller.ts';
import { startChecks } from './checks.ts';
import { requestOf } from './memory.ts';
import type { JobSeen } from './observe.ts';
import { hasEnded, isDone } from './ended.ts';
import { outcome, ownJob } from './outcome.ts';
import { trainingTask } from './training-kinds.ts';

/** What should exist for a job now. The end is checked first: nothing is made after it. */
export function plan(job: TrainingJob, seen: JobSeen, now: Date, settings: Settings): Plan {
  if (hasEnded(job)) return afterTheEnd(job, seen, now);
  const child = ownJob(job, seen);
  if (!child) {
    const blocked = firstBlocked(startChecks(settings), job, seen);
    return blocked ? nothing : { ...nothing, apply: start(job, seen, settings) };
  }
  // A queue lets a Job that is only suspended run again, so it goes, and its place in the queue with it.
  if (job.spec.suspend && queueOf(job, settings) !== undefined && !isDone(child))
    return { ...nothing, remove: [removal(child)] };
  const { status, until } = outcome(job, seen, now, settings);
  // The end is written down before anything is taken away: a Job that is gone would be made again.
  if (status !== 'Unknown') return nothing;
  return {
    ...nothing,
    apply: [...missingParts(job, seen, settings), ...steer(job, child, seen, settings)],
    ...(until === undefined ? {} : { wakeAt: until }),
  };
}

/** The Job comes last, so that its pod finds everything it mounts. */
function start(job: TrainingJob, seen: JobSeen, settings: Settings): AnyObject[] {
  return [...missingParts(job, seen, settings), wantedJob(job, seen, settings)];
}

function wantedJob(job: TrainingJob, seen: JobSeen, settings: Settings): Job {
  return trainingJob(job, trainingTask(job, seen.upstreams, settings), settings, requestOf(job, seen, settings));
}

function missingParts(job: TrainingJob, seen: JobSeen, settings: Settings): AnyObject[] {
  const claim = claimOf(outputStore(job, settings));
  const { namespace } = job.metadata;
  return [
    ...namespaceFixtures(namespace, settings),
    ...(claim !== undefined && settings.createClaims && !seen.output ? [outputClaim(namespace, claim, settings)] : []),
    ...(seen.work ? [] : [workClaim(job, settings)]),
    ...(seen.task ? [] : [taskConfigMap(job, trainingTask(job, seen.upstreams, settings), settings)]),
  ];
}

/** The fields of a Job that may change while it lives; its template stays what it was. */
function steer(job: TrainingJob, child: Job, seen: JobSeen, settings: Settings): Job[] {
  const { activeDeadlineSeconds } = job.spec;
  const suspend = queueOf(job, settings) === undefined ? job.spec.suspend : (child.spec.suspend ?? false);
  if (isDone(child)) return [];
  if (child.spec.suspend === suspend && child.spec.activeDeadlineSeconds === activeDeadlineSeconds) return [];
  const wanted = wantedJob(job, seen, settings);
  return [{ ...wanted, spec: { ...wanted.spec, suspend, template: child.spec.template } }];
}

/** A job that has ended keeps its Job and pods for their logs, gives back its checkpoints when all went well, and goes when its time has come. */
function afterTheEnd(job: TrainingJob, seen: JobSeen, now: Date): Plan {
  const ended = conditionOf(job, 'Succeeded');
  const child = ownJob(job, seen);
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  const goesAt = new Date(Date.parse(ended?.lastTransitionTime ?? '') + (ttl ?? 0) * 1000);
  if (ttl !== undefined && now >= goesAt) return { ...nothing, remove: [removal(job)] };
  return {
    ...nothing,
    remove: [
      ...(child && !isDone(child) ? [removal(child)] : []),
      ...(seen.work && ended?.status === 'True' ? [removal(seen.work)] : []),
    ],
    ...(ttl === undefined ? {} : { wakeAt: goesAt }),
  };
}

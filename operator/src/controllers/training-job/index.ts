import type { JobKind } from '@wikigpt/schema/catalog.ts';
import type { StatusOf } from '../../cluster/port.ts';
import type { Settings } from '../../objects/settings.ts';
import type { Controller } from '../controller.ts';
import { observe, type JobQueries } from './observe.ts';
import { isNews } from './outcome.ts';
import { plan } from './plan.ts';
import { status } from './status.ts';

/** The decisions about a kind of training job: FineTuneJobs and DistillJobs go the same way. */
export function trainingJobController<K extends JobKind>(kind: K, settings: Settings): Controller<K, JobQueries> {
  return {
    kind,
    condition: 'Succeeded',
    isNews,
    observe: (job) => observe(job, settings),
    plan: (job, seen, now) => plan(job, seen, now, settings),
    status: (job, seen, now) => status(job, seen, now, settings) as NonNullable<StatusOf<K>>,
  };
}

import type { Settings } from '../../objects/settings.ts';
import type { Controller } from '../controller.ts';
import { observe, type JobQueries } from './observe.ts';
import { plan } from './plan.ts';
import { status } from './status.ts';

/** The decisions about FineTuneJobs. */
export function fineTuneJobController(settings: Settings): Controller<'FineTuneJob', JobQueries> {
  return {
    kind: 'FineTuneJob',
    condition: 'Succeeded',
    concerns: ({ spec }) => spec.managedBy === 'wikigpt.dev/operator',
    observe,
    plan: (job, seen, now) => plan(job, seen, now, settings),
    status: (job, seen, now) => status(job, seen, now, settings),
  };
}

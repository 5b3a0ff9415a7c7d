import { unbuilt } from '@wikigpt/schema/built.ts';
import type { Resource } from '@wikigpt/schema/kinds.ts';
import type { FineTuneJob } from '../../cluster/kinds.ts';
import { isOwnedBy } from '../../cluster/owner-reference.ts';
import type { Settings } from '../../objects/settings.ts';
import { conditionOf } from '../condition.ts';
import type { Check } from '../controller.ts';
import { configMapsOf, type JobSeen } from './observe.ts';

type JobCheck = Check<FineTuneJob, JobSeen>;

/** What must hold before a job may start, in the order in which a user should hear of it. */
export function startChecks(settings: Settings): readonly JobCheck[] {
  return [isBuilt, localFiles(settings), notItself, suspended, modelIsThere, dataIsThere, nameIsFree];
}

/** Nothing that a spec asks for is ignored in silence. */
const isBuilt: JobCheck = (job) => {
  const sentences = unbuilt(job as Resource);
  if (sentences.length === 0) return undefined;
  return { status: 'False', reason: 'InvalidSpec', message: sentences.join('; ') };
};

const localFiles =
  (settings: Settings): JobCheck =>
  ({ spec }) => {
    const uris = [spec.base.uri ?? '', spec.output.uri, ...spec.data.sources.map(({ uri }) => uri)];
    const local = uris.find((uri) => uri.startsWith('file://'));
    if (settings.localFiles || local === undefined) return undefined;
    return {
      status: 'False',
      reason: 'InvalidSpec',
      message: `${local} is a file of one machine, and pods do not see it: use pvc://, or run it with wikigpt up`,
    };
  };

const notItself: JobCheck = ({ metadata, spec }) => {
  if (spec.base.fromJob?.kind !== 'FineTuneJob' || spec.base.fromJob.name !== metadata.name) return undefined;
  return {
    status: 'False',
    reason: 'InvalidSpec',
    message: 'base.fromJob names the job itself: name another job, or use base.uri',
  };
};

const suspended: JobCheck = ({ spec }) =>
  spec.suspend
    ? { status: 'Unknown', reason: 'Suspended', message: 'spec.suspend is true: set it to false to go on' }
    : undefined;

const modelIsThere: JobCheck = ({ spec: { base } }, { upstream }) => {
  if (!base.fromJob) return undefined;
  const name = `${base.fromJob.kind} ${base.fromJob.name}`;
  const waiting = (message: string) => ({ status: 'Unknown', reason: 'WaitingForModel', message }) as const;
  if (!upstream) return waiting(`${name} does not exist yet`);
  const state = conditionOf(upstream, 'Succeeded');
  if (state?.status === 'False')
    return waiting(`${name} ended with ${state.reason}: delete it and make it again, or name another one`);
  return state?.status === 'True' && upstream.status?.artifact ? undefined : waiting(`waits for ${name}`);
};

const dataIsThere: JobCheck = (job, { configMaps }) => {
  const missing = configMapsOf(job).find((name) => !configMaps.some(({ metadata }) => metadata.name === name));
  if (missing === undefined) return undefined;
  return { status: 'Unknown', reason: 'Pending', message: `ConfigMap ${missing}, where data lies, does not exist yet` };
};

/** A child of that name may belong to an older job of this name, which is being removed, or to a stranger. */
const nameIsFree: JobCheck = (job, { job: child, task, work }) => {
  const stranger = [child, task, work].find((object) => object && !isOwnedBy(object, job));
  if (!stranger) return undefined;
  const { kind, metadata } = stranger;
  return {
    status: 'Unknown',
    reason: 'Pending',
    message: `waits until ${kind} ${metadata.name}, which belongs to something else, is gone`,
  };
};

import type { TrainingJob } from '../../cluster/kinds.ts';
import { dataSources } from '../../objects/mounts.ts';
import { outputStore } from '../../objects/output-store.ts';
import type { Settings } from '../../objects/settings.ts';
import { invalidSpec, nameTaken, notBuilt } from '../blocked.ts';
import type { Check } from '../controller.ts';
import { whyMissing } from './models.ts';
import { configMapsOf, type JobSeen } from './observe.ts';
import { modelsOf } from './training-kinds.ts';

type JobCheck = Check<TrainingJob, JobSeen>;

/** What must hold before a job may start, in the order in which a user should hear of it. */
export function startChecks(settings: Settings): readonly JobCheck[] {
  return [notBuilt, localFiles(settings), notItself, suspended, modelsAreThere, dataIsThere, nameIsFree, podsAreGone];
}

const localFiles =
  (settings: Settings): JobCheck =>
  (job) => {
    const uris = [
      ...modelsOf(job).map(({ uri }) => uri ?? ''),
      outputStore(job, settings),
      ...dataSources(job).map(({ uri }) => uri),
    ];
    const local = uris.find((uri) => uri.startsWith('file://'));
    if (settings.localFiles || local === undefined) return undefined;
    return invalidSpec(
      `${local} is a file of one machine, and pods do not see it: use pvc://, or run it with wikigpt up`,
    );
  };

const notItself: JobCheck = (job) => {
  const { kind, metadata } = job;
  if (!modelsOf(job).some(({ fromJob }) => fromJob?.kind === kind && fromJob.name === metadata.name)) return undefined;
  return invalidSpec('fromJob names the job itself: name another job, or use uri');
};

const suspended: JobCheck = ({ spec }) =>
  spec.suspend
    ? { status: 'Unknown', reason: 'Suspended', message: 'spec.suspend is true: set it to false to go on' }
    : undefined;

const modelsAreThere: JobCheck = (job, { upstreams }) =>
  modelsOf(job)
    .map((source) => whyMissing(source, upstreams))
    .find((blocked) => blocked !== undefined);

const dataIsThere: JobCheck = (job, { configMaps }) => {
  const missing = configMapsOf(job).find((name) => !configMaps.some(({ metadata }) => metadata.name === name));
  if (missing === undefined) return undefined;
  return { status: 'Unknown', reason: 'Pending', message: `ConfigMap ${missing}, where data lies, does not exist yet` };
};

const nameIsFree: JobCheck = (job, { job: child, task, work }) => nameTaken(job, [child, task, work]);

/** Two pods must never write to the same checkpoints: one of an earlier Job may still be saving its own. */
const podsAreGone: JobCheck = (_job, { pods }) => {
  const last = pods.find(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending');
  if (!last) return undefined;
  return { status: 'Unknown', reason: 'Pending', message: `waits until pod ${last.metadata.name} has ended` };
};

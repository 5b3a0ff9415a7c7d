import { methods, methodTitles, type JobKind } from '@wikigpt/schema/catalog.ts';
import type { DistillJobStatus, JobStatus } from '@wikigpt/schema/job-status.ts';
import { scratchSizes, shrunkSizes } from '@wikigpt/schema/model-sizes.ts';
import type { Task } from '@wikigpt/schema/task.ts';
import type { AnyObject, KindMap, TrainingJob } from '../../cluster/kinds.ts';
import type { HeldModels } from '../../objects/memory-request.ts';
import type { Settings } from '../../objects/settings.ts';
import { taskFields } from '../../objects/training.ts';
import { filesOf, modelTitle, sizesOf, teacherOf, type ModelSource } from './models.ts';

/** What one kind of training job has that the others have not; all else is the same for every kind. */
interface TrainingKind<K extends JobKind> {
  /** The models that its spec names. */
  readonly models: (spec: KindMap[K]['spec']) => readonly ModelSource[];
  /** Its task.json, once every model that it names is there. */
  readonly task: (job: KindMap[K], upstreams: readonly AnyObject[], settings: Settings) => Task;
  /** The models that its pod holds, once their sizes are known. */
  readonly held: (spec: KindMap[K]['spec'], upstreams: readonly AnyObject[]) => HeldModels | undefined;
  /** The models as `kubectl get` shows them. */
  readonly titles: (spec: KindMap[K]['spec']) => JobStatus & DistillJobStatus;
}

const trainingKinds: { readonly [K in JobKind]: TrainingKind<K> } = {
  FineTuneJob: {
    models: ({ base }) => [base],
    task: (job, upstreams, settings) => ({
      ...taskFields(job, settings),
      kind: job.kind,
      spec: job.spec,
      base: filesOf(job.spec.base, upstreams),
    }),
    held: ({ base }, upstreams) => {
      const { scratch } = base;
      const model = scratch ? scratchSizes(scratch, scratch.vocabulary) : sizesOf(base, upstreams);
      return model && { model };
    },
    titles: ({ base }) => ({ base: modelTitle(base) }),
  },
  DistillJob: {
    models: ({ teacher, student }) => [teacher, student],
    task: (job, upstreams, settings) => ({
      ...taskFields(job, settings),
      kind: job.kind,
      spec: job.spec,
      teacher: teacherOf(job.spec.teacher, upstreams, settings) ?? { uri: '' },
      student: filesOf(job.spec.student, upstreams),
    }),
    held: ({ teacher, student }, upstreams) => {
      const large = sizesOf(teacher, upstreams);
      const { scratch, shrink } = student;
      const model = scratch
        ? large && scratchSizes(scratch, large.vocabulary)
        : shrink
          ? large && shrunkSizes(large, shrink)
          : sizesOf(student, upstreams);
      const isAsked = teacher.endpoint !== undefined || teacher.chatModel !== undefined;
      return model && (large || isAsked) ? { model, teacher: large } : undefined;
    },
    titles: ({ teacher, student }) => ({ teacher: modelTitle(teacher), student: modelTitle(student) }),
  },
};

/** The models that a job names. */
export function modelsOf(job: TrainingJob): readonly ModelSource[] {
  return kindOf(job).models(job.spec);
}

/** What the training pod is told: the spec whole, the models found, the place for the result. */
export function trainingTask(job: TrainingJob, upstreams: readonly AnyObject[], settings: Settings): Task {
  return kindOf(job).task(job, upstreams, settings);
}

/** The models that the pod of a job holds, once their sizes are known. */
export function heldModels(job: TrainingJob, upstreams: readonly AnyObject[]): HeldModels | undefined {
  return kindOf(job).held(job.spec, upstreams);
}

/** The models and the method as `kubectl get` shows them. */
export function titlesOf(job: TrainingJob): JobStatus & DistillJobStatus {
  const method = methods.find((name) => job.spec.method[name] !== undefined);
  return { ...kindOf(job).titles(job.spec), method: method === undefined ? '' : methodTitles[method] };
}

function kindOf<T extends TrainingJob>(job: T): TrainingKind<T['kind']> {
  return trainingKinds[job.kind] as unknown as TrainingKind<T['kind']>;
}

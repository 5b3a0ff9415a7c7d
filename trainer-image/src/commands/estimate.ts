import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { estimateTraining, memoryQuantity, type MemoryEstimate } from '@wikigpt/schema/memory-estimate.ts';
import { scratchSizes, shrunkSizes, type ModelSizes } from '@wikigpt/schema/model-sizes.ts';
import type { Resource } from '@wikigpt/schema/kinds.ts';
import { presets, type PresetName } from '@wikigpt/schema/presets.ts';
import { validateManifest } from '@wikigpt/schema/validate.ts';
import { parseAllDocuments } from 'yaml';
import { TrainerError } from '../errors.ts';
import { familyOf } from '../models/index.ts';
import { modelSizes } from '../models/model-sizes.ts';
import { planTraining } from '../train/plan-training.ts';
import { readJsonObject } from '../weights/json-file.ts';

type Job = Extract<Resource, { kind: 'FineTuneJob' | 'DistillJob' }>;
/** Jobs by kind and name, as fromJob names them. */
type Jobs = ReadonlyMap<string, Job>;

/** Prints what each job of a manifest file or folder needs; throws InvalidSpec when there is none. */
export async function estimate(
  options: { readonly filename: string; readonly json: boolean },
  out: NodeJS.WritableStream,
): Promise<void> {
  const jobs = await readJobs(options.filename);
  if (jobs.size === 0)
    throw new TrainerError(
      'InvalidSpec',
      `${options.filename} holds no FineTuneJob or DistillJob; name a manifest or a folder that does.`,
    );
  const rows = [];
  for (const job of jobs.values()) rows.push({ name: job.metadata.name, ...(await estimateJob(job, jobs)) });
  if (options.json)
    out.write(
      `${JSON.stringify(rows.map(({ name, bytes, basis }) => ({ name, memory: memoryQuantity(bytes), bytes, basis })))}\n`,
    );
  else for (const { name, bytes, basis } of rows) out.write(`${name}\t${memoryQuantity(bytes)}\t${basis}\n`);
}

async function estimateJob(job: Job, jobs: Jobs): Promise<MemoryEstimate> {
  const model = await sizesOf(job, jobs, []);
  planTraining(job.spec, familyOf({ model_type: model.architecture }).fromScratch(model, model.vocabulary));
  return estimateTraining(job.spec, model, await teacherOf(job, jobs, []));
}

/** Sizes of what a job trains; `path` holds the jobs that were passed on the way here. */
async function sizesOf(job: Job, jobs: Jobs, path: readonly Job[]): Promise<ModelSizes> {
  if (job.kind === 'FineTuneJob') {
    const { scratch } = job.spec.base;
    return scratch ? scratchSizes(scratch, scratch.vocabulary) : namedSizes(job, 'base', job.spec.base, jobs, path);
  }
  const { student } = job.spec;
  if (!student.scratch && !student.shrink) return namedSizes(job, 'student', student, jobs, path);
  const teacher = await teacherOf(job, jobs, path);
  if (!teacher)
    throw new TrainerError('InvalidSpec', `${job.metadata.name}: a student that is made here needs a teacher's files.`);
  return student.scratch ? scratchSizes(student.scratch, teacher.vocabulary) : shrunkSizes(teacher, student.shrink!);
}

async function teacherOf(job: Job, jobs: Jobs, path: readonly Job[]): Promise<ModelSizes | undefined> {
  if (job.kind === 'FineTuneJob' || job.spec.teacher.endpoint || job.spec.teacher.chatModel) return undefined;
  return namedSizes(job, 'teacher', job.spec.teacher, jobs, path);
}

interface NamedModel {
  readonly fromJob?: { readonly kind: string; readonly name: string } | undefined;
  readonly preset?: PresetName | undefined;
  readonly uri?: string | undefined;
}

/** Sizes of a model that another job makes, that has a preset, or that lies in a folder of this machine. */
async function namedSizes(
  job: Job,
  role: string,
  { fromJob, preset, uri }: NamedModel,
  jobs: Jobs,
  path: readonly Job[],
): Promise<ModelSizes> {
  const before = fromJob && jobs.get(`${fromJob.kind}/${fromJob.name}`);
  if (before && !path.includes(before)) return sizesOf(before, jobs, [...path, job]);
  if (preset !== undefined) return presets[preset].sizes;
  const hub = uri?.startsWith('file://') ? await readJsonObject(join(fileURLToPath(uri), 'config.json')) : null;
  const sizes = hub && modelSizes(familyOf(hub).configFromHub(hub));
  if (sizes) return sizes;
  throw new TrainerError(
    'InvalidSpec',
    `${job.metadata.name}: the sizes of its ${role} are not known here; put the manifest of the job it goes on from beside it, down to one with base.scratch, base.preset or a folder at file://.`,
  );
}

async function readJobs(path: string): Promise<Map<string, Job>> {
  const found = await stat(path).catch(() => {
    throw new TrainerError('InvalidSpec', `${path} cannot be read; name a manifest file or a folder of manifests.`);
  });
  const files = found.isDirectory()
    ? (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).map((name) => join(path, name))
    : [path];
  const jobs = new Map<string, Job>();
  for (const file of files)
    for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
      const [syntax] = document.errors;
      if (syntax) throw new TrainerError('InvalidSpec', `${file}: ${syntax.message}`);
      const manifest: unknown = document.toJS();
      const kind = (manifest as { kind?: string } | null)?.kind;
      if (kind !== 'FineTuneJob' && kind !== 'DistillJob') continue;
      const result = validateManifest(manifest);
      if (!result.ok) throw new TrainerError('InvalidSpec', `${file}: ${result.problems.join('; ')}`);
      const job = result.value as Job;
      jobs.set(`${kind}/${job.metadata.name}`, job);
    }
  return jobs;
}

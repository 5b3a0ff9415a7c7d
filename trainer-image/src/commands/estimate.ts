import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Base } from '@wikigpt/schema/base.ts';
import type { FineTuneJob } from '@wikigpt/schema/fine-tune-job.ts';
import { estimateTraining, memoryQuantity, type MemoryEstimate } from '@wikigpt/schema/memory-estimate.ts';
import { presets } from '@wikigpt/schema/presets.ts';
import { validateManifest } from '@wikigpt/schema/validate.ts';
import { parseAllDocuments } from 'yaml';
import { TrainerError } from '../errors.ts';
import { familyOf } from '../models/index.ts';
import { estimatePlan } from '../train/memory-estimate.ts';
import { planTraining } from '../train/plan-training.ts';

/** Prints what each FineTuneJob of a manifest file or folder needs; throws InvalidSpec when there is none. */
export async function estimate(
  options: { readonly filename: string; readonly json: boolean },
  out: NodeJS.WritableStream,
): Promise<void> {
  const jobs = await readJobs(options.filename);
  if (jobs.size === 0)
    throw new TrainerError(
      'InvalidSpec',
      `${options.filename} holds no FineTuneJob; name a manifest or a folder that does.`,
    );
  const rows = [...jobs.values()].map((job) => ({ name: job.metadata.name, ...estimateJob(job, jobs) }));
  if (options.json)
    out.write(
      `${JSON.stringify(rows.map(({ name, bytes, basis }) => ({ name, memory: memoryQuantity(bytes), bytes, basis })))}\n`,
    );
  else for (const { name, bytes, basis } of rows) out.write(`${name}\t${memoryQuantity(bytes)}\t${basis}\n`);
}

function estimateJob(job: FineTuneJob, jobs: ReadonlyMap<string, FineTuneJob>): MemoryEstimate {
  const { scratch, preset } = firstBase(job, jobs, new Set());
  if (preset !== undefined) return estimateTraining(job.spec, presets[preset].sizes);
  if (scratch) {
    const ropeTheta = scratch.ropeTheta === undefined ? undefined : Number(scratch.ropeTheta);
    const family = familyOf({ model_type: scratch.architecture });
    return estimatePlan(planTraining(job.spec, family.fromScratch({ ...scratch, ropeTheta }, scratch.vocabulary)));
  }
  throw new TrainerError(
    'InvalidSpec',
    `${job.metadata.name}: the sizes of its base are not known here; put the manifest of the job it goes on from beside it, down to one with base.scratch or base.preset.`,
  );
}

/** The base of the job that a chain of them begins with. */
function firstBase(job: FineTuneJob, jobs: ReadonlyMap<string, FineTuneJob>, seen: Set<string>): Base {
  const { fromJob } = job.spec.base;
  const before = fromJob && jobs.get(fromJob.name);
  return before && !seen.has(fromJob.name) ? firstBase(before, jobs, seen.add(fromJob.name)) : job.spec.base;
}

async function readJobs(path: string): Promise<Map<string, FineTuneJob>> {
  const found = await stat(path).catch(() => {
    throw new TrainerError('InvalidSpec', `${path} cannot be read; name a manifest file or a folder of manifests.`);
  });
  const files = found.isDirectory()
    ? (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).map((name) => join(path, name))
    : [path];
  const jobs = new Map<string, FineTuneJob>();
  for (const file of files)
    for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
      const [syntax] = document.errors;
      if (syntax) throw new TrainerError('InvalidSpec', `${file}: ${syntax.message}`);
      const manifest: unknown = document.toJS();
      if ((manifest as { kind?: string } | null)?.kind !== 'FineTuneJob') continue;
      const result = validateManifest(manifest);
      if (!result.ok) throw new TrainerError('InvalidSpec', `${file}: ${result.problems.join('; ')}`);
      const job = result.value as FineTuneJob;
      jobs.set(job.metadata.name, job);
    }
  return jobs;
}

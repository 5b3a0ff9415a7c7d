import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FineTuneJob } from '@wikigpt/schema/fine-tune-job.ts';
import { memoryQuantity, type MemoryEstimate } from '@wikigpt/schema/memory-estimate.ts';
import { validateManifest } from '@wikigpt/schema/validate.ts';
import { parseAllDocuments } from 'yaml';
import { TrainerError } from '../errors.ts';
import { familyOf } from '../models/index.ts';
import type { ModelConfig } from '../models/family.ts';
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
  return estimatePlan(planTraining(job.spec, sizesOf(job, jobs, new Set())));
}

/** Sizes of a job's base: written in its manifest, or in that of the job it goes on from. */
function sizesOf(job: FineTuneJob, jobs: ReadonlyMap<string, FineTuneJob>, seen: Set<string>): ModelConfig {
  const { scratch, fromJob } = job.spec.base;
  if (scratch)
    return familyOf({ model_type: scratch.architecture }).fromScratch(
      { ...scratch, ropeTheta: scratch.ropeTheta === undefined ? undefined : Number(scratch.ropeTheta) },
      scratch.vocabulary,
    );
  const before = fromJob && jobs.get(fromJob.name);
  if (before && !seen.has(fromJob.name)) return sizesOf(before, jobs, seen.add(fromJob.name));
  throw new TrainerError(
    'InvalidSpec',
    `${job.metadata.name}: the sizes of its base are not known here; put the manifest of the job it goes on from beside it, down to one with base.scratch.`,
  );
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

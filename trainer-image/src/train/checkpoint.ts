import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cursor } from '../data/batch.ts';
import { TrainerError } from '../errors.ts';
import { readSafetensors } from '../weights/read-safetensors.ts';
import { writeSafetensors } from '../weights/write-safetensors.ts';
import type { TrainState } from './train-step.ts';

/** All that training needs to go on as if it had never stopped. */
export interface Checkpoint {
  readonly state: TrainState;
  readonly cursor: Cursor;
  /** What the loop carries beside the weights. */
  readonly progress: LoopProgress;
}

export interface LoopProgress {
  readonly bestValidationLoss: number | null;
  /** Where it was reached. */
  readonly bestStep: number | null;
  readonly validationsWithoutImprovement: number;
  /** The last step whose validation is counted here; a checkpoint is written before its own. */
  readonly validatedStep: number | null;
  /** How often the loss was not a number; each halved the learning rate. */
  readonly rollbacks: number;
  /** What the fixed prompts were completed with on the way. */
  readonly completions: readonly { readonly step: number; readonly answers: readonly string[] }[];
}

/** The progress of a run that begins. */
export const noProgressYet: LoopProgress = {
  bestValidationLoss: null,
  bestStep: null,
  validationsWithoutImprovement: 0,
  validatedStep: null,
  rollbacks: 0,
  completions: [],
};

interface Manifest {
  readonly version: 1;
  /** Identity of the job; a checkpoint of another job is never resumed. */
  readonly fingerprint: string;
  readonly step: number;
  readonly cursor: Cursor;
  readonly progress: LoopProgress;
  /** sha256 of state.safetensors. */
  readonly digest: string;
}

const folderName = /^step-(\d{8})$/;
const nameOf = (step: number): string => `step-${String(step).padStart(8, '0')}`;

/** Which checkpoints stay when a new one is written. */
export interface Retention {
  /** How many of the newest. */
  readonly newest: number;
  /** Steps whose checkpoint stays however old it is. */
  readonly steps: readonly number[];
}

/** Writes a checkpoint into `folder`, complete or not at all, and removes those that need not stay; returns its digest. */
export async function saveCheckpoint(
  folder: string,
  fingerprint: string,
  { state, cursor, progress }: Checkpoint,
  keep: Retention,
): Promise<string> {
  const name = nameOf(state.step);
  const partial = join(folder, `.${name}.partial`);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    const tensor = (data: Float32Array) => ({ shape: [data.length], data });
    const path = join(partial, 'state.safetensors');
    await writeSafetensors(path, [
      ['first', tensor(state.first)],
      ['second', tensor(state.second)],
      ['weights', tensor(state.weights)],
    ]);
    const digest = await sha256(path);
    const manifest: Manifest = { version: 1, fingerprint, step: state.step, cursor, progress, digest };
    await writeDurably(join(partial, 'checkpoint.json'), JSON.stringify(manifest));
    await rm(join(folder, name), { recursive: true, force: true });
    await rename(partial, join(folder, name));
    const kept = new Set(keep.steps.map(nameOf));
    const old = (await checkpointNames(folder)).slice(keep.newest).filter((candidate) => !kept.has(candidate));
    await Promise.all(old.map((stale) => rm(join(folder, stale), { recursive: true, force: true })));
    return `sha256:${digest}`;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The newest checkpoint of this job, or null when there is none. A damaged one is passed over for the one before it;
 * fails with CheckpointCorrupt when there are some and none can be read.
 */
export async function loadCheckpoint(folder: string, fingerprint: string): Promise<Checkpoint | null> {
  const problems: string[] = [];
  for (const name of await checkpointNames(folder)) {
    try {
      const found = await readCheckpoint(join(folder, name), fingerprint);
      if (found) return found;
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
    }
  }
  if (problems.length === 0) return null;
  throw corrupt(folder, problems.join('; '));
}

/** The checkpoint of one step; fails with CheckpointCorrupt when it is not there or cannot be read. */
export async function loadCheckpointAt(folder: string, fingerprint: string, step: number): Promise<Checkpoint> {
  const name = nameOf(step);
  const found = await readCheckpoint(join(folder, name), fingerprint).catch((error: unknown) => {
    throw corrupt(folder, `${name}: ${(error as Error).message}`);
  });
  if (!found) throw corrupt(folder, `${name} belongs to another job`);
  return found;
}

/** Removes every checkpoint later than `step`. */
export async function forgetLater(folder: string, step: number): Promise<void> {
  const later = (await checkpointNames(folder)).filter((name) => name > nameOf(step));
  await Promise.all(later.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

const corrupt = (folder: string, problems: string): TrainerError =>
  new TrainerError(
    'CheckpointCorrupt',
    `No checkpoint in ${folder} can be read (${problems}); delete the job and its work volume to train from the start.`,
  );

async function readCheckpoint(folder: string, fingerprint: string): Promise<Checkpoint | null> {
  const manifest = JSON.parse(await readFile(join(folder, 'checkpoint.json'), 'utf8')) as Manifest;
  if (manifest.fingerprint !== fingerprint) return null;
  const path = join(folder, 'state.safetensors');
  const digest = await sha256(path);
  if (digest !== manifest.digest) throw new Error(`its digest is ${digest}, expected ${manifest.digest}`);
  const file = await readSafetensors(path);
  const data = async (name: string): Promise<Float32Array> => (await file.get(name)).data;
  return {
    state: {
      weights: await data('weights'),
      first: await data('first'),
      second: await data('second'),
      step: manifest.step,
    },
    cursor: manifest.cursor,
    // A checkpoint of an earlier release does not have every field.
    progress: { ...noProgressYet, ...manifest.progress },
  };
}

/** Names of finished checkpoints, newest first. */
async function checkpointNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => folderName.test(name))
    .sort()
    .reverse();
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

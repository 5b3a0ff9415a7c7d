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
  /** What the loop carries beside the weights: validation history and the best loss so far. */
  readonly progress: LoopProgress;
}

export interface LoopProgress {
  readonly bestValidationLoss: number | null;
  readonly validationsWithoutImprovement: number;
}

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

/** Writes a checkpoint into `folder`, complete or not at all, and keeps the newest `keep`; returns its digest. */
export async function saveCheckpoint(
  folder: string,
  fingerprint: string,
  { state, cursor, progress }: Checkpoint,
  keep: number,
): Promise<string> {
  const name = `step-${String(state.step).padStart(8, '0')}`;
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
    const old = (await checkpointNames(folder)).slice(keep);
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
  throw new TrainerError(
    'CheckpointCorrupt',
    `No checkpoint in ${folder} can be read (${problems.join('; ')}); delete the job and its work volume to train from the start.`,
  );
}

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
    progress: manifest.progress,
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

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ChatModelStatus } from '@wikigpt/schema/chat-model.ts';
import type { JobStatus } from '@wikigpt/schema/job-status.ts';

interface Stored<S> {
  readonly metadata: { readonly uid: string };
  readonly status?: S;
}

/** A job as it lies on disk beside the manifests' folder, while the command runs or after. */
export function storedJob(folder: string, name: string): Stored<JobStatus> | undefined {
  return readObject(folder, 'finetunejobs', name) as Stored<JobStatus> | undefined;
}

export function storedChatModel(folder: string, name: string): Stored<ChatModelStatus> | undefined {
  return readObject(folder, 'chatmodels', name) as Stored<ChatModelStatus> | undefined;
}

function readObject(folder: string, plural: string, name: string): unknown {
  const file = path.join(folder, '.wikigpt/objects', plural, 'default', `${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Why a job is where it is: the reason of its Succeeded condition. */
export function reasonOf(job: Stored<JobStatus> | undefined): string | undefined {
  return job?.status?.conditions?.find(({ type }) => type === 'Succeeded')?.reason;
}

/** Process ids of the pods that run now, whose names contain `part`. */
export function podProcesses(folder: string, part = ''): number[] {
  const records = path.join(folder, '.wikigpt/processes');
  if (!existsSync(records)) return [];
  return readdirSync(records, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json') && file.includes(part))
    .flatMap((file) => {
      const { pid } = JSON.parse(readFileSync(path.join(records, file), 'utf8')) as { pid?: number };
      return pid === undefined ? [] : [pid];
    });
}

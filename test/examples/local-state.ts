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
  return readJson(path.join(objectFolder(folder, plural), `${name}.json`));
}

const objectFolder = (folder: string, plural: string): string =>
  path.join(folder, '.wikigpt/objects', plural, 'default');

/** A JSON file, or undefined where there is none at this moment. */
function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Why a job is where it is: the reason of its Succeeded condition. */
export function reasonOf(job: Stored<JobStatus> | undefined): string | undefined {
  return job?.status?.conditions?.find(({ type }) => type === 'Succeeded')?.reason;
}

/** Process ids of the pods that run now, of all or of those whose name begins with `prefix`. */
export function podProcesses(folder: string, prefix = ''): number[] {
  const pods = objectFolder(folder, 'pods');
  if (!existsSync(pods)) return [];
  return readdirSync(pods)
    .filter((file) => file.startsWith(prefix) && file.endsWith('.json'))
    .flatMap((file) => {
      const pod = readJson(path.join(pods, file)) as Stored<unknown> | undefined;
      const record = readJson(path.join(folder, `.wikigpt/processes/${pod?.metadata.uid}.json`)) as
        { pid: number } | undefined;
      return record ? [record.pid] : [];
    });
}

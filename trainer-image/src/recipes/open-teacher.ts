import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DistillTask } from '@wikigpt/schema/task.ts';
import { containerPath, containerPaths } from '../container.ts';
import { modelAt, type BaseModel } from './base-model.ts';
import { endpointWriter } from './endpoint-writer.ts';
import { localWriter } from './local-writer.ts';
import type { RunEnvironment } from './run-environment.ts';
import type { TeacherWriter } from './teacher-writer.ts';

export interface OpenTeacher {
  /** Null where it is asked over the network. */
  readonly model: BaseModel | null;
  readonly writer: TeacherWriter;
}

/** A ChatModel answers eight at once, and keeps more waiting. */
const ofChatModel = { concurrency: 8 };

/** The teacher of a task, by its files or by the server to ask. */
export async function openTeacher(task: DistillTask, env: RunEnvironment): Promise<OpenTeacher> {
  const { teacher, spec } = task;
  if ('uri' in teacher) {
    const model = await modelAt(teacher, env);
    return { model, writer: localWriter(task, model, env) };
  }
  const { url, model, secretRef } = teacher;
  const writer = endpointWriter(
    { url, model, apiKey: await apiKeyOf(secretRef?.name, env) },
    spec.teacher.endpoint ?? ofChatModel,
    {
      system: spec.data.prompt.system,
      seed: spec.training.seed,
      logger: env.logger,
      signal: env.signal,
      now: env.now,
      // A stop ends every wait; who waited looks whether there was one.
      sleep: (ms) => wait(ms, undefined, { signal: env.signal }).catch(() => undefined),
    },
  );
  return { model: null, writer };
}

/** The key lies in the mounted Secret; where there are no Secrets, in the variable that OpenAI's own clients read. */
async function apiKeyOf(
  secret: string | undefined,
  { root, environment }: RunEnvironment,
): Promise<string | undefined> {
  if (secret === undefined) return environment['OPENAI_API_KEY'];
  return (await readFile(containerPath(root, join(containerPaths.stores, secret, 'apiKey')), 'utf8')).trim();
}

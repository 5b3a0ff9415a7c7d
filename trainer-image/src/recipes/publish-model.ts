import { rm } from 'node:fs/promises';
import type { Task } from '@wikigpt/schema/task.ts';
import { publishFolder } from '../artifacts/publish-folder.ts';
import type { RunEnvironment } from './run-environment.ts';

/** Moves a finished model folder to where the task wants it, and reports its digest. */
export async function publishModel(candidate: string, { output, spec }: Task, env: RunEnvironment): Promise<void> {
  env.progress.report({ phase: 'Publishing' });
  const digest = await publishFolder(output, env, candidate);
  env.logger.info('published', { uri: output.uri, digest });
  env.progress.report({ artifact: { uri: output.uri, digest, formats: [...spec.output.formats], verified: true } });
  await rm(candidate, { recursive: true, force: true });
}

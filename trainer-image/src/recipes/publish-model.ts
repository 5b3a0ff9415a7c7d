import { rm } from 'node:fs/promises';
import type { Task } from '@wikigpt/schema/task.ts';
import { publishFolder } from '../artifacts/publish-folder.ts';
import type { ModelConfig } from '../models/family.ts';
import { modelSizes } from '../models/model-sizes.ts';
import type { RunEnvironment } from './run-environment.ts';

/** Moves a finished model folder to where the task wants it, and reports its digest. */
export async function publishModel(
  candidate: string,
  config: ModelConfig,
  { output, spec }: Task,
  env: RunEnvironment,
): Promise<void> {
  env.progress.report({ phase: 'Publishing' });
  const digest = await publishFolder(output, env, candidate);
  env.logger.info('published', { uri: output.uri, digest });
  const formats = [...spec.output.formats];
  env.progress.report({ artifact: { uri: output.uri, digest, formats, verified: true, model: modelSizes(config) } });
  await rm(candidate, { recursive: true, force: true });
}

import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { TrainerError } from '../errors.ts';

/** Reads what the operator tells this container; fails with InvalidSpec when it is not what this version understands. */
export async function readTask<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new TrainerError('InvalidSpec', `${path} cannot be read as JSON: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`).join('; ');
  throw new TrainerError(
    'InvalidSpec',
    `${path} is not a task: ${problems}. Operator and trainer must be of one version.`,
  );
}

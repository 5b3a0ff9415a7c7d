import { readFile, rename, writeFile } from 'node:fs/promises';
import { TrainerError } from '../errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads a JSON file, or undefined when there is none; fails with ModelIncompatible when it is something else. */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new TrainerError('ModelIncompatible', `${path} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
}

/** Reads a file with one JSON object, or null when there is none; fails with ModelIncompatible when it is something else. */
export async function readJsonObject(path: string): Promise<JsonObject | null> {
  const value = await readJson(path);
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TrainerError('ModelIncompatible', `${path} must hold a JSON object.`);
  return value as JsonObject;
}

/** Writes a value as indented JSON, complete or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.partial`;
  await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`);
  await rename(temporary, path);
}

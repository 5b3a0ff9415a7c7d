import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TrainerError } from '../errors.ts';
import { isFields, type Row } from './rows/row.ts';

/** Which rendering of its records a generator shall write. */
export interface Rendering {
  /** From 0; every pass may be worded afresh. */
  readonly pass: number;
  readonly seed: number;
}

/** Rows of one pass; the same for the same pass and seed. */
export type RowGenerator = (rendering: Rendering) => readonly Row[];

/**
 * Loads the generator that `npm://package/export` names from an npm package installed beside the file `from`, the trainer
 * itself. Only a package that declares `"wikigpt": {"generator": true}` is run: a manifest must not be able to run any other code.
 */
export async function loadGenerator(uri: string, from: string = import.meta.url): Promise<RowGenerator> {
  const match = /^npm:\/\/((?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*)\/([A-Za-z_]\w*)$/.exec(uri);
  if (!match) throw new TrainerError('InvalidSpec', `"${uri}" is not of the form npm://package/export.`);
  const [, name, exported] = match as unknown as [string, string, string];
  const folder = await findPackage(name, uri, from);
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    wikigpt?: { generator?: unknown };
  };
  if (manifest.wikigpt?.generator !== true)
    throw new TrainerError(
      'InvalidSpec',
      `The npm package ${name} is no data generator: its package.json does not say "wikigpt": {"generator": true}.`,
    );
  const entry = createRequire(join(folder, 'package.json')).resolve(name);
  const module = (await import(pathToFileURL(entry).href)) as Record<string, unknown>;
  const generate = Object.hasOwn(module, exported) ? module[exported] : undefined;
  if (typeof generate !== 'function')
    throw new TrainerError(
      'InvalidSpec',
      `The npm package ${name} exports no generator ${exported}; it has ${Object.keys(module).join(', ')}.`,
    );
  return (rendering) => {
    const rows: Row[] = [];
    for (const value of runGenerator(generate as (rendering: Rendering) => unknown, rendering, uri)) {
      const place = `${uri}[${rows.length}]`;
      rows.push(isFields(value) ? { place, fields: value } : { place, problem: 'is not an object' });
    }
    return rows;
  };
}

function runGenerator(
  generate: (rendering: Rendering) => unknown,
  rendering: Rendering,
  uri: string,
): Iterable<unknown> {
  const records = generate(rendering);
  if (typeof records === 'object' && records !== null && Symbol.iterator in records)
    return records as Iterable<unknown>;
  throw new TrainerError('DataInvalid', `${uri} returned no iterable of records.`);
}

/** Looks where Node.js would look for a package of the trainer, and up from there. */
async function findPackage(name: string, uri: string, from: string): Promise<string> {
  for (const modules of createRequire(from).resolve.paths(name) ?? []) {
    const folder = join(modules, name);
    try {
      await readFile(join(folder, 'package.json'));
      return folder;
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  throw new TrainerError(
    'DataInvalid',
    `${uri} needs the npm package ${name}, which is not installed beside the trainer; install it or build an image with it.`,
  );
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DataSource } from '@wikigpt/schema/data.ts';
import { digestOf, requireDigest } from '../artifacts/digest.ts';
import { resolveExisting } from '../artifacts/resolve.ts';
import type { Stores } from '../artifacts/stores.ts';
import { TrainerError } from '../errors.ts';
import { loadGenerator } from './generator.ts';
import type { FieldName } from './formats/format.ts';
import { readRecords, type BadRow } from './read-records.ts';
import type { DataRecord } from './record.ts';
import { isDataFile, rowReader } from './rows/index.ts';
import type { Row } from './rows/row.ts';

export interface SourceRecords {
  readonly records: readonly DataRecord[];
  readonly bad: readonly BadRow[];
}

/** A source of records that has been found, checked against its pinned digest, and can be read. */
export interface OpenSource {
  readonly uri: string;
  /** Whether each pass has records of its own. */
  readonly generated: boolean;
  readonly digest: string;
  read(pass: number): SourceRecords;
}

export interface SourcePlace {
  readonly stores: Stores;
  /** Seed for generators. */
  readonly seed: number;
  /** A file beside which the packages of generators are installed; the trainer's own code when absent. */
  readonly packagesOf?: string;
  /** Fields that are left empty, whatever stands there. */
  readonly unread?: readonly FieldName[];
}

/**
 * Opens one source of a manifest: a file, a folder of files, or a generator.
 * Fails with DataInvalid when it is not there or cannot be read, and with DigestMismatch when a pinned digest differs.
 */
export async function openSource(
  source: DataSource,
  { stores, seed, packagesOf, unread }: SourcePlace,
): Promise<OpenSource> {
  const { uri, format, columns } = source;
  const read = (rows: readonly Row[]): SourceRecords => readRecords(rows, format, columns, unread);
  if (uri.startsWith('npm://')) {
    const generate = await loadGenerator(uri, packagesOf);
    const first = generate({ pass: 0, seed });
    const digest = digestOf(first.map((row) => `${JSON.stringify('fields' in row ? row.fields : null)}\n`).join(''));
    requireDigest(uri, digest, source.digest);
    return {
      uri,
      digest,
      generated: true,
      read: (pass) => read(pass === 0 ? first : generate({ pass, seed })),
    };
  }
  const path = await resolveExisting(source, stores, 'DataInvalid');
  const files = (await stat(path)).isDirectory() ? await dataFiles(path, uri) : [path];
  const rows: Row[] = [];
  const digests: string[] = [];
  for (const file of files) {
    // A key of a ConfigMap is a link to a file of another folder; its own name is what people know.
    const name = files.length === 1 ? basename(uri) : basename(file);
    const bytes = await readWhole(file, name);
    digests.push(digestOf(bytes));
    rows.push(...rowReader(name)(bytes, name));
  }
  const digest = digests.length === 1 ? digests[0]! : digestOf(digests.join('\n'));
  requireDigest(uri, digest, source.digest);
  const records = read(rows);
  return { uri, digest, generated: false, read: () => records };
}

async function dataFiles(folder: string, uri: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter(isDataFile).sort();
  if (names.length === 0) throw new TrainerError('DataInvalid', `The folder ${uri} holds no data files.`);
  return names.map((name) => join(folder, name));
}

async function readWhole(path: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_FS_FILE_TOO_LARGE') throw error;
    throw new TrainerError('DataInvalid', `${name} is larger than 2 GiB; split it and name the folder instead.`, {
      cause: error,
    });
  }
}

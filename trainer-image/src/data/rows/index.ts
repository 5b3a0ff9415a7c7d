import { extname } from 'node:path';
import { TrainerError } from '../../errors.ts';
import { readCsv, readTsv } from './csv.ts';
import { readJson } from './json.ts';
import { readJsonl } from './jsonl.ts';
import type { RowReader } from './row.ts';
import { readText } from './text.ts';

const readers: Readonly<Record<string, RowReader>> = {
  '.jsonl': readJsonl,
  '.ndjson': readJsonl,
  '.json': readJson,
  '.csv': readCsv,
  '.tsv': readTsv,
  '.txt': readText,
  '.md': readText,
};

export const isDataFile = (name: string): boolean => extname(name).toLowerCase() in readers;

/** The reader for a file by the ending of its name; fails with DataInvalid for endings that no reader has. */
export function rowReader(name: string): RowReader {
  const reader = readers[extname(name).toLowerCase()];
  if (reader === undefined)
    throw new TrainerError(
      'DataInvalid',
      `${name} has no known ending; data files end in ${Object.keys(readers).join(', ')}.`,
    );
  return reader;
}

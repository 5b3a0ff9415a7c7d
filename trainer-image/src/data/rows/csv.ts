import { parse } from 'csv-parse/sync';
import { TrainerError } from '../../errors.ts';
import { decodeFile } from './decode-utf8.ts';
import type { Row, RowReader } from './row.ts';

interface ParsedRow {
  readonly record: Record<string, string>;
  readonly info: { readonly lines: number };
}

/** Comma-separated values (RFC 4180) whose first line names the columns. */
export const readCsv: RowReader = (bytes, name) => readSeparated(bytes, name, ',');

/** The same with tabs. */
export const readTsv: RowReader = (bytes, name) => readSeparated(bytes, name, '\t');

function readSeparated(bytes: Uint8Array, name: string, delimiter: string): readonly Row[] {
  const bad: Row[] = [];
  try {
    const rows = parse(decodeFile(bytes, name), {
      columns: true,
      delimiter,
      info: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error) => {
        if (error) bad.push({ place: `${name}:${Number(error['lines'])}`, problem: describe(error.code) });
      },
    }) as unknown as ParsedRow[];
    return [...rows.map(({ record, info }) => ({ place: `${name}:${info.lines}`, fields: record })), ...bad];
  } catch (error) {
    if (error instanceof TrainerError) throw error;
    throw new TrainerError(
      'DataInvalid',
      `${name} cannot be read as separated values: ${describe((error as { code?: string }).code)}.`,
    );
  }
}

const describe = (code: string | undefined): string =>
  code === undefined
    ? 'is malformed'
    : `has an error (${code.replace(/^CSV_/, '').toLowerCase().replaceAll('_', ' ')})`;

import { languages, type FormatName, type Language } from '@wikigpt/schema/catalog.ts';
import type { DataSource } from '@wikigpt/schema/data.ts';
import { detectLanguage } from '../evaluate/language.ts';
import { fieldsOf, RowProblem } from './formats/fields.ts';
import type { FieldName } from './formats/format.ts';
import { formats } from './formats/index.ts';
import { textOf, type DataRecord } from './record.ts';
import type { Row } from './rows/row.ts';

export interface BadRow {
  readonly place: string;
  /** Completes the sentence "<place> …". */
  readonly problem: string;
}

/** Fields that hold what a model shall say, in the formats that ask for something. */
export const answerFields = ['answer', 'output', 'completion'] as const satisfies readonly FieldName[];

/** Turns rows into records, fields of `unread` left empty; those that are not records come back with the reason. */
export function readRecords(
  rows: Iterable<Row>,
  format: FormatName,
  columns: DataSource['columns'] = {},
  unread: readonly FieldName[] = [],
): { readonly records: readonly DataRecord[]; readonly bad: readonly BadRow[] } {
  const records: DataRecord[] = [];
  const bad: BadRow[] = [];
  for (const row of rows) {
    if ('problem' in row) {
      bad.push(row);
      continue;
    }
    try {
      const fields = fieldsOf(row.fields, columns, unread);
      const content = formats[format](fields);
      const language = languageOf(fields.optional('language')) ?? detectLanguage([textOf(content)]);
      const [entity, wording] = [fields.optional('entity'), fields.optional('wording')];
      records.push({ ...content, place: row.place, language, entity, wording });
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      bad.push({ place: row.place, problem: error.message });
    }
  }
  return { records, bad };
}

/** zh-CN and zh_Hans are zh; a language that nothing here knows is detected instead. */
function languageOf(name: string | null): Language | null {
  const main = name?.toLowerCase().split(/[-_]/)[0];
  return languages.find((language) => language === main) ?? null;
}

import type { FormatName } from '@wikigpt/schema/catalog.ts';
import type { DataSource } from '@wikigpt/schema/data.ts';
import type { Content } from '../record.ts';

/** Names of fields that a manifest may map. */
export type FieldName = keyof NonNullable<DataSource['columns']>;

/** A row seen through the manifest's column names. */
export interface Fields {
  /** The text of a field that must be there; a number counts as its digits. */
  text(name: FieldName): string;
  /** The text of a field that may be missing. */
  optional(name: FieldName): string | null;
  /** A field as it was written. */
  raw(name: FieldName): unknown;
  /** Every text and number of the row by its own name. */
  all(): Readonly<Record<string, string>>;
  /** Ends reading of this row: `problem` completes the sentence "<place> …". */
  refuse(problem: string): never;
}

/** Reads one row of a format. */
export type Format = (fields: Fields) => Content;

export type Formats = Record<FormatName, Format>;

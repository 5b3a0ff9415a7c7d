/** One row of a data file as it was written, or why it could not be read. */
export type Row =
  | { readonly place: string; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly place: string; readonly problem: string };

/** Cuts the bytes of one file into rows; `name` starts every place. Fails with DataInvalid when the file as a whole cannot be read. */
export type RowReader = (bytes: Uint8Array, name: string) => readonly Row[];

export const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

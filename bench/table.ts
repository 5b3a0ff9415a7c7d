/** Rows of equal columns; numbers stay numbers until they are printed. */
export interface Table {
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  /** What a reader must know to judge the numbers. */
  readonly notes: readonly string[];
}

/** Aligns a table for a terminal, numbers to the right. */
export function printTable({ rows, notes }: Table): string {
  const columns = Object.keys(rows[0] ?? {});
  const width = (column: string): number => Math.max(column.length, ...rows.map((row) => String(row[column]).length));
  const line = (cell: (column: string) => string | number): string =>
    columns
      .map((column) => {
        const value = cell(column);
        return typeof value === 'number' ? String(value).padStart(width(column)) : value.padEnd(width(column));
      })
      .join('  ')
      .trimEnd();
  const head = line((column) => (typeof rows[0]?.[column] === 'number' ? column.padStart(width(column)) : column));
  return [head, ...rows.map((row) => line((column) => row[column] ?? '')), '', ...notes].join('\n');
}

import type { FieldName, Fields } from './format.ts';

/** Why a row is not a record; caught where rows are counted. */
export class RowProblem extends Error {}

/** Looks at a row through the manifest's column names; the text of a field in `unread` is empty whatever stands there. */
export function fieldsOf(
  row: Readonly<Record<string, unknown>>,
  columns: Readonly<Partial<Record<FieldName, string | undefined>>>,
  unread: readonly FieldName[] = [],
): Fields {
  const refuse = (problem: string): never => {
    throw new RowProblem(problem);
  };
  const columnOf = (name: FieldName): string => columns[name] ?? name;
  const raw = (name: FieldName): unknown => (Object.hasOwn(row, columnOf(name)) ? row[columnOf(name)] : undefined);
  const optional = (name: FieldName): string | null => {
    const value = raw(name);
    if (value === undefined || value === null || value === '') return null;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return refuse(`has a field "${columnOf(name)}" that is not text`);
  };
  return {
    raw,
    optional,
    refuse,
    text(name) {
      if (unread.includes(name)) return '';
      const value = optional(name);
      if (value === null && raw(name) === undefined) {
        const found = Object.keys(row).slice(0, 8).join(', ');
        return refuse(
          `has no field "${columnOf(name)}" (it has ${found || 'none'}); map it with columns: {${name}: NAME}`,
        );
      }
      if (value === null || value.trim() === '') return refuse(`has an empty field "${columnOf(name)}"`);
      return value;
    },
    all: () =>
      Object.fromEntries(
        Object.entries(row).flatMap(([name, value]) =>
          typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
        ),
      ),
  };
}

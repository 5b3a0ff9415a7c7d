import { TrainerError } from '../../errors.ts';
import { decodeFile } from './decode-utf8.ts';
import { isFields, type RowReader } from './row.ts';

/** One JSON array of objects. */
export const readJson: RowReader = (bytes, name) => {
  const values = parse(decodeFile(bytes, name));
  if (!Array.isArray(values))
    throw new TrainerError(
      'DataInvalid',
      `${name} must be a JSON array of records; for one object a line, name the file .jsonl.`,
    );
  return values.map((value: unknown, index) => {
    const place = `${name}[${index}]`;
    return isFields(value) ? { place, fields: value } : { place, problem: 'is not a JSON object' };
  });
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { decodeUtf8 } from './decode-utf8.ts';
import { isFields, type Row, type RowReader } from './row.ts';

const newline = 0x0a;

/** One JSON object a line; empty lines are passed over, a broken line is one bad row. */
export const readJsonl: RowReader = (bytes, name) => {
  const rows: Row[] = [];
  let line = 0;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(newline, start);
    const stop = end === -1 ? bytes.length : end;
    line += 1;
    const text = decodeUtf8(bytes.subarray(start, stop));
    const place = `${name}:${line}`;
    if (text === null) rows.push({ place, problem: 'is not UTF-8 text' });
    else if (text.trim() !== '') rows.push(parseLine(text, place));
    start = stop + 1;
  }
  return rows;
};

function parseLine(text: string, place: string): Row {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? { place, fields: value } : { place, problem: 'is not a JSON object' };
  } catch {
    // The parser's own message would quote the data.
    return { place, problem: 'is not JSON' };
  }
}

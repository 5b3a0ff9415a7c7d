import { decodeFile } from './decode-utf8.ts';
import type { Row, RowReader } from './row.ts';

/** Plain text: paragraphs, parted by empty lines, are records with the field `text`. */
export const readText: RowReader = (bytes, name) => {
  const rows: Row[] = [];
  let paragraph: string[] = [];
  let start = 1;
  const finish = (): void => {
    if (paragraph.length > 0) rows.push({ place: `${name}:${start}`, fields: { text: paragraph.join('\n') } });
    paragraph = [];
  };
  for (const [index, line] of decodeFile(bytes, name).split(/\r?\n/).entries()) {
    if (line.trim() === '') finish();
    else {
      if (paragraph.length === 0) start = index + 1;
      paragraph.push(line);
    }
  }
  finish();
  return rows;
};

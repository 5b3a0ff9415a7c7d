import type { Clean } from '@wikigpt/schema/data.ts';
import { TrainerError } from '../errors.ts';
import { NearDuplicates } from './min-hash.ts';
import type { BadRow } from './read-records.ts';
import { textOf, type DataRecord } from './record.ts';

/** Why records were left out, and how many. */
export type Dropped = Readonly<Record<'unreadable' | 'language' | 'duplicate' | 'nearDuplicate', number>>;

/** Keeps the records that may be learned from, in their order. */
export function cleanRecords(
  records: readonly DataRecord[],
  { deduplicate, languages }: Pick<Clean, 'deduplicate' | 'languages'>,
): { readonly kept: readonly DataRecord[]; readonly dropped: Omit<Dropped, 'unreadable'> } {
  const dropped = { language: 0, duplicate: 0, nearDuplicate: 0 };
  const seen = new Set<string>();
  const near = new NearDuplicates();
  const kept = records.filter((record) => {
    if (languages.length > 0 && !languages.includes(record.language)) {
      dropped.language += 1;
      return false;
    }
    if (deduplicate === 'None') return true;
    const text = normalise(textOf(record));
    if (seen.has(text)) {
      dropped.duplicate += 1;
      return false;
    }
    seen.add(text);
    if (deduplicate === 'MinHash' && near.seen(text)) {
      dropped.nearDuplicate += 1;
      return false;
    }
    return true;
  });
  return { kept, dropped };
}

/** Fails with DataInvalid when more rows than allowed were no records, naming the first few by file and line. */
export function requireReadable(bad: readonly BadRow[], records: number, allowedPercent: number): void {
  const rows = bad.length + records;
  const percent = rows === 0 ? 0 : (100 * bad.length) / rows;
  if (percent <= allowedPercent) return;
  const few = bad.slice(0, 3).map(({ place, problem }) => `${place} ${problem}`);
  const more = bad.length > few.length ? `; and ${bad.length - few.length} more` : '';
  throw new TrainerError(
    'DataInvalid',
    `${bad.length} of ${rows} rows cannot be used (${percent.toFixed(1)} %, allowed are ${allowedPercent} %): ${few.join('; ')}${more}. Correct them, or raise data.clean.maxBadRecordsPercent.`,
  );
}

/** Case, width and spacing do not make a text another one. */
const normalise = (text: string): string => text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();

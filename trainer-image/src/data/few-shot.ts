import { hashText } from './hash.ts';
import { textOf, type DataRecord } from './record.ts';

/** Picks `count` solved examples of the record's language from others; the same ones for the same record and seed. */
export function pickShots(
  record: DataRecord,
  pool: readonly DataRecord[],
  count: number,
  seed: number,
): readonly DataRecord[] {
  if (count === 0) return [];
  const self = textOf(record);
  const candidates = pool.filter((other) => other.kind === record.kind && other.language === record.language);
  const start = candidates.length === 0 ? 0 : hashText(self, seed) % candidates.length;
  const shots: DataRecord[] = [];
  for (let step = 0; step < candidates.length && shots.length < count; step += 1) {
    const other = candidates[(start + step) % candidates.length]!;
    if (textOf(other) !== self) shots.push(other);
  }
  return shots;
}

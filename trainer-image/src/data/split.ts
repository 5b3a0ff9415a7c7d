import type { Split } from '@wikigpt/schema/data.ts';
import { TrainerError } from '../errors.ts';
import { hashUnit } from './hash.ts';
import { textOf, type DataRecord } from './record.ts';

export type Part = 'train' | 'validation' | 'test';

/** Decides for any record, also of a later pass, which part it belongs to. */
export type PartOf = (record: DataRecord) => Part;

/**
 * Draws the borders between the parts so that exactly the wished share of records or entities falls into each.
 * Every record or entity has a hash by the seed; a new one of a later pass falls between the same borders.
 * Fails with DataInvalid when a record names no entity, or too few are there to hold some out.
 */
export function splitRecords(records: readonly DataRecord[], split: Split): PartOf {
  const { testPercent, validationPercent, by, seed } = split;
  if (testPercent + validationPercent === 0) return () => 'train';
  const keyOf = (record: DataRecord): string => {
    if (by === 'Record') return textOf(record);
    if (record.entity !== null) return record.entity;
    throw new TrainerError(
      'DataInvalid',
      `${record.place} names no entity, which data.split.by: Entity needs; map a field with columns: {entity: NAME}, or split by Record.`,
    );
  };
  const hashes = [...new Set(records.map(keyOf))].map((key) => hashUnit(key, seed)).sort((a, b) => a - b);
  const share = (percent: number): number =>
    percent === 0 ? 0 : Math.max(1, Math.round((hashes.length * percent) / 100));
  const test = share(testPercent);
  const validation = share(validationPercent);
  if (test + validation >= hashes.length)
    throw new TrainerError(
      'DataInvalid',
      `The data has ${hashes.length} ${by === 'Entity' ? 'entities' : 'records'}, too few to hold out ${testPercent} % for the test and ${validationPercent} % for validation; add data or set both to 0.`,
    );
  const border = (count: number): number => (count === 0 ? 0 : hashes[count]!);
  const [testBorder, validationBorder] = [border(test), border(test + validation)];
  return (record) => {
    const hash = hashUnit(keyOf(record), seed);
    return hash < testBorder ? 'test' : hash < validationBorder ? 'validation' : 'train';
  };
}

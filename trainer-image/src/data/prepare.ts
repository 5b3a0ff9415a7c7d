import type { Clean, Data, DataSource } from '@wikigpt/schema/data.ts';
import type { TestSet } from '@wikigpt/schema/evaluation.ts';
import { digestOf } from '../artifacts/digest.ts';
import { TrainerError } from '../errors.ts';
import { cleanRecords, requireReadable, type Dropped } from './clean.ts';
import { leakagePercent } from './leakage.ts';
import { openSource, type OpenSource, type SourcePlace } from './open-source.ts';
import { answerFields } from './read-records.ts';
import type { DataRecord } from './record.ts';
import { splitRecords, type Part, type PartOf } from './split.ts';

/** What was found in the data, for the job's status. */
export interface DataSummary {
  readonly records: number;
  readonly dropped: Dropped;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly leakagePercent: number;
  /** Digest of the sources. */
  readonly digest: string;
}

/** Cleaned and split records. */
export interface PreparedData {
  /** The training records of a pass, from 0; the same ones each pass where no generator writes afresh. */
  train(pass: number): readonly DataRecord[];
  readonly validation: readonly DataRecord[];
  readonly test: readonly DataRecord[];
  readonly partOf: PartOf;
  readonly summary: DataSummary;
}

/**
 * Opens, cleans and splits the data of a job.
 * Fails with DataInvalid when there is too much that cannot be read, when training and test overlap, or when nothing is left.
 */
export async function prepareData({ sources, clean, split }: Data, place: SourcePlace): Promise<PreparedData> {
  const opened = await openSources(sources, place);
  const { kept, dropped } = readPass(opened, clean, 0);
  if (kept.length === 0)
    throw new TrainerError('DataInvalid', `The data holds no records: ${opened.map(({ uri }) => uri).join(', ')}.`);
  const partOf = splitRecords(kept, split);
  const parts: Record<Part, DataRecord[]> = { train: [], validation: [], test: [] };
  for (const record of kept) parts[partOf(record)].push(record);

  const leaked = leakagePercent(parts.test, parts.train);
  if (leaked > clean.maxLeakagePercent)
    throw new TrainerError(
      'DataInvalid',
      `${leaked.toFixed(1)} % of the test records are known from the training part (allowed are ${clean.maxLeakagePercent} %), so a score would mean little; split by Entity, deduplicate, or raise data.clean.maxLeakagePercent.`,
    );
  const generated = opened.some((source) => source.generated);
  return {
    validation: parts.validation,
    test: parts.test,
    partOf,
    train(pass) {
      if (pass === 0 || !generated) return parts.train;
      return readPass(opened, clean, pass).kept.filter((record) => partOf(record) === 'train');
    },
    summary: {
      records: kept.length,
      dropped,
      train: parts.train.length,
      validation: parts.validation.length,
      test: parts.test.length,
      leakagePercent: leaked,
      digest: digestOf(opened.map(({ digest }) => digest).join('\n')),
    },
  };
}

/** One after the other: two sources may be copies of the same place. */
async function openSources(sources: readonly DataSource[], place: SourcePlace): Promise<OpenSource[]> {
  const opened: OpenSource[] = [];
  for (const source of sources) opened.push(await openSource(source, place));
  return opened;
}

/** Opens and cleans a further test set; TestEntities keeps what the main split put into the test. */
export async function prepareTestSet(
  { name, sources, part }: TestSet,
  clean: Clean,
  partOf: PartOf,
  place: SourcePlace,
): Promise<readonly DataRecord[]> {
  const opened = await openSources(sources, place);
  const { kept } = readPass(opened, clean, 0);
  const records = part === 'TestEntities' ? kept.filter((record) => partOf(record) === 'test') : kept;
  if (records.length === 0)
    throw new TrainerError(
      'DataInvalid',
      `The test set ${name} has no records${kept.length > 0 ? ' of test entities' : ''}.`,
    );
  return records;
}

/** Opens questions for a teacher: those of any pass, without their answers; none when there are no sources. */
export async function preparePrompts(
  sources: readonly DataSource[],
  clean: Clean,
  place: SourcePlace,
): Promise<(pass: number) => readonly DataRecord[]> {
  const opened = await openSources(sources, { ...place, unread: answerFields });
  const first = readPass(opened, clean, 0).kept;
  const generated = opened.some((source) => source.generated);
  return (pass) => (pass === 0 || !generated ? first : readPass(opened, clean, pass).kept);
}

/** Reads one pass; a generator answers for its own wordings, so copies are looked for in the files alone. */
function readPass(
  opened: readonly OpenSource[],
  clean: Clean,
  pass: number,
): { readonly kept: readonly DataRecord[]; readonly dropped: Dropped } {
  const read = opened.map((source) => ({ generated: source.generated, ...source.read(pass) }));
  const bad = read.flatMap((source) => source.bad);
  requireReadable(
    bad,
    read.reduce((sum, { records }) => sum + records.length, 0),
    clean.maxBadRecordsPercent,
  );
  const of = (generated: boolean) =>
    read.filter((source) => source.generated === generated).flatMap(({ records }) => records);
  const files = cleanRecords(of(false), clean);
  const generated = cleanRecords(of(true), { ...clean, deduplicate: 'None' });
  return {
    kept: [...files.kept, ...generated.kept],
    dropped: {
      unreadable: bad.length,
      language: files.dropped.language + generated.dropped.language,
      duplicate: files.dropped.duplicate,
      nearDuplicate: files.dropped.nearDuplicate,
    },
  };
}

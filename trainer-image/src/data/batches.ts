import { TrainerError } from '../errors.ts';
import type { Batch, Cursor } from './batch.ts';
import type { Example } from './example.ts';
import { fillBatch, supervisedIn, type BatchShape } from './fill-batch.ts';
import { packRows, shuffleBatches } from './pack.ts';
import { bucketFor, lengthBuckets } from './supervised-slots.ts';

export interface BatchOptions {
  /** Examples of a pass, none longer than `length`; the same array means the same examples. */
  readonly examples: (pass: number) => readonly Example[];
  /** Rows of a batch, B. */
  readonly rows: number;
  /** Tokens of a row, T. */
  readonly length: number;
  /** Supervised slots of a batch, S; at least `length`. Absent: the bucket that the batches of the first pass need. */
  readonly slots?: number;
  readonly seed: number;
  readonly packing: boolean;
  /** Token id that fills what is left over. */
  readonly pad: number;
}

/** The batches of any pass, in an order that depends on seed and pass alone. */
export interface Batches {
  readonly shape: BatchShape;
  /** How many batches a pass has. */
  countOf(pass: number): number;
  /** The batches of one pass. */
  pass(pass: number): Generator<Batch, void>;
  /** All batches from a cursor on, pass after pass, without end. */
  from(cursor: Cursor): Generator<Batch, never>;
}

type Row = readonly Example[];

/** Packs and batches examples; fails with DataInvalid for a pass without examples. */
export function createBatches(options: BatchOptions): Batches {
  const { rows, length, seed, packing, pad } = options;
  let planned: { readonly pass: number; readonly slots: number; readonly groups: readonly (readonly Row[])[] } | null =
    null;

  // Only the pass at work is kept: another one is planned again from seed and pass when it is asked for.
  const plan = (pass: number, slots: number): readonly (readonly Row[])[] => {
    if (planned?.pass === pass && planned.slots === slots) return planned.groups;
    const examples = options.examples(pass);
    if (examples.length === 0)
      throw new TrainerError(
        'DataInvalid',
        `Pass ${pass} over the data has no example of at most ${length} tokens; raise training.sequenceLength or check the sources.`,
      );
    const lengths = examples.map(({ tokens }) => tokens.length);
    const packed = packRows(lengths, { length, seed, pass, packing }).map((row) =>
      row.map((index) => examples[index]!),
    );
    const groups = groupRows(packed, rows, slots);
    planned = { pass, slots, groups: packing ? groups : shuffleBatches(groups, seed, pass) };
    return planned.groups;
  };

  const slots = options.slots ?? slotsNeeded(plan(0, rows * length), rows, length);
  if (slots < length)
    throw new TrainerError('TrainerFailed', `${slots} supervised slots cannot hold a row of ${length} tokens.`);
  const shape = { rows, length, slots };

  function* passFrom({ pass, batch }: Cursor): Generator<Batch, void> {
    const groups = plan(pass, slots);
    for (let index = batch; index < groups.length; index += 1) {
      const next = index + 1 < groups.length ? { pass, batch: index + 1 } : { pass: pass + 1, batch: 0 };
      yield fillBatch(groups[index]!, shapeFor(groups[index]!, shape), pad, next);
    }
  }
  return {
    shape,
    countOf: (pass) => plan(pass, slots).length,
    pass: (pass) => passFrom({ pass, batch: 0 }),
    *from({ pass, batch }) {
      yield* passFrom({ pass, batch });
      for (let later = pass + 1; ; later += 1) yield* passFrom({ pass: later, batch: 0 });
    },
  };
}

/** Short rows, which only unpacked batches and the end of a pass have, need not be computed at full length. */
function shapeFor(group: readonly Row[], { rows, length, slots }: BatchShape): BatchShape {
  const longest = Math.max(...group.map((row) => row.reduce((sum, { tokens }) => sum + tokens.length, 0)));
  const bucket = lengthBuckets(length).find((size) => size >= longest) ?? length;
  return { rows, length: bucket, slots: Math.min(slots, rows * bucket) };
}

/** Cuts packed rows into batches; one whose supervised tokens would overflow the slots is closed early. */
function groupRows(packed: readonly Row[], rows: number, slots: number): readonly (readonly Row[])[] {
  const groups: Row[][] = [];
  let group: Row[] = [];
  let used = 0;
  for (const row of packed) {
    const count = row.reduce((sum, example) => sum + supervisedIn(example), 0);
    if (group.length === rows || used + count > slots) {
      groups.push(group);
      [group, used] = [[], 0];
    }
    group.push(row);
    used += count;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

/** The bucket for the fullest batch and a tenth more, for passes that turn out a little fuller. */
function slotsNeeded(groups: readonly (readonly Row[])[], rows: number, length: number): number {
  const fullest = Math.max(
    ...groups.map((group) => group.flat().reduce((sum, example) => sum + supervisedIn(example), 0)),
  );
  return bucketFor(Math.ceil(fullest * 1.1), rows, length);
}

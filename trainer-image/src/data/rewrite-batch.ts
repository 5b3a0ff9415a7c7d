import type { Batch } from './batch.ts';
import type { Example } from './example.ts';
import { fillBatch } from './fill-batch.ts';
import { supervisedDocuments } from './supervised-documents.ts';

/** What was written to a prompt. */
export interface Written {
  readonly prompt: readonly number[];
  /** The answer without its ending. */
  readonly answer: readonly number[];
  /** Whether it ended by itself. */
  readonly ended: boolean;
}

/** What stands before the first supervised token of each document of a batch. */
export function promptsOf(batch: Batch): readonly (readonly number[])[] {
  return supervisedDocuments(batch).map(({ start, firstSlot }) =>
    Array.from(batch.tokens.subarray(start, Number(batch.targets[firstSlot]) + 1), Number),
  );
}

/**
 * A batch of the same shape whose documents end as they were written; in their order, those that find no room any more
 * left out. Every token of an answer is supervised, and its end too.
 */
export function rewriteBatch(
  batch: Batch,
  written: readonly Written[],
  { eos, pad }: { readonly eos: number; readonly pad: number },
): Batch {
  const { rows, length } = batch;
  const slots = batch.targets.length;
  const packed = Array.from({ length: rows }, (): Example[] => []);
  const room = packed.map(() => length);
  let free = slots;
  for (const { prompt, answer, ended } of written) {
    const tail = ended ? [...answer, eos] : answer;
    const tokens = Int32Array.from([...prompt, ...tail]);
    const row = room.findIndex((left) => left >= tokens.length);
    if (row < 0 || free < tail.length || tail.length === 0) continue;
    const supervised = Uint8Array.from(tokens, (_, i) => (i < prompt.length ? 0 : 1));
    packed[row]!.push({ tokens, supervised });
    room[row]! -= tokens.length;
    free -= tail.length;
  }
  return { ...fillBatch(packed, { rows, length, slots }, pad, batch.next), written: true };
}

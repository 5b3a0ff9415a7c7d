import type { Batch } from './batch.ts';

/** A document of a batch that has supervised slots. */
export interface SupervisedDocument {
  /** Where its tokens begin in the batch, and where they are over. */
  readonly start: number;
  readonly end: number;
  readonly firstSlot: number;
  readonly slots: number;
}

/** The documents of a batch with something to learn from, in the order of their slots. */
export function supervisedDocuments(batch: Batch): readonly SupervisedDocument[] {
  const { tokens, positions, segments, targets, supervisedCount } = batch;
  const documents: SupervisedDocument[] = [];
  for (let slot = 0; slot < supervisedCount;) {
    const firstSlot = slot;
    const target = Number(targets[slot]);
    let end = target + 1;
    while (end < tokens.length && positions[end] !== 0n && segments[end] !== 0) end++;
    while (slot < supervisedCount && Number(targets[slot]) < end) slot++;
    documents.push({ start: target - Number(positions[target]), end, firstSlot, slots: slot - firstSlot });
  }
  return documents;
}

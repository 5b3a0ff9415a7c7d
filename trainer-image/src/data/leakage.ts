import type { DataRecord } from './record.ts';

/** Long enough that two texts hardly share it by chance, short enough to survive small edits. */
const window = 13;
/** A record of the test counts as known when this share of its windows is in the training part. */
const known = 0.8;

/**
 * Percent of test records whose question (or text) the training part already holds: word for word when it is short, else
 * by at least 80 % of its windows of 13 words or Chinese characters.
 */
export function leakagePercent(test: readonly DataRecord[], train: readonly DataRecord[]): number {
  if (test.length === 0) return 0;
  const probes = test.map((record) => windowsOf(askedText(record)));
  const wanted = new Set(probes.flat());
  const found = new Set<string>();
  for (const record of train) for (const piece of windowsOf(askedText(record))) if (wanted.has(piece)) found.add(piece);
  const leaked = probes.filter((pieces) => {
    const hits = pieces.filter((piece) => found.has(piece)).length;
    return pieces.length > 0 && hits >= known * pieces.length;
  });
  return (100 * leaked.length) / test.length;
}

/** The part of a record that must not be known: an answer alone ("Paris") may well be. */
function askedText(record: DataRecord): string {
  switch (record.kind) {
    case 'text':
      return record.text;
    case 'question':
      return record.question;
    case 'conversation':
      return record.messages.flatMap(({ role, content }) => (role === 'user' ? [content] : [])).join('\n');
  }
}

function windowsOf(text: string): string[] {
  const pieces =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/\p{Script=Han}|[\p{L}\p{M}\p{N}]+/gu) ?? [];
  if (pieces.length <= window) return pieces.length === 0 ? [] : [pieces.join(' ')];
  return pieces.slice(window - 1).map((_, index) => pieces.slice(index, index + window).join(' '));
}

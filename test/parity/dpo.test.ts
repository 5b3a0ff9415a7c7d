import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { flatten, pack, readGolden, relativeError, startTraining, type Golden } from './golden-case.ts';

interface DpoCase {
  readonly family: Golden['family'];
  readonly method: object;
  readonly beta: number;
  readonly labelSmoothing: number;
  readonly weights: Readonly<Record<string, string>>;
  readonly loss: number;
  readonly gradient: Readonly<Record<string, string>>;
}

const { cases } = JSON.parse(readFileSync(new URL('golden/dpo.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly DpoCase[];
};
const titled = cases.map((one) => ({ ...one, of: Object.keys(one.method)[0] }));

test.each(titled)('dpo of $of on $family, beta $beta, label smoothing $labelSmoothing, within 1e-5', async (one) => {
  const golden = readGolden(one.family);
  const { beta, labelSmoothing } = one;
  const { step, layout } = startTraining(golden, { ...one, preference: { beta, labelSmoothing } });
  const documents = golden.batches[0]!;
  const batch = pack(documents);
  // Slots stand in the order of their documents; two documents are a pair, and the first is the preferred one.
  const documentOf = documents.flatMap(({ tokens, supervisedFrom }, index) =>
    tokens.slice(supervisedFrom).map(() => index),
  );
  const pairs = {
    ofSlot: BigInt64Array.from(batch.labels, (_label, slot) => BigInt((documentOf[slot] ?? 0) >> 1)),
    count: 2,
  };
  const weights = batch.weights.map((weight, slot) => ((documentOf[slot] ?? 0) % 2 === 0 ? weight : -weight));
  const { loss, gradient } = await step.gradient({ ...batch, weights, pairs });
  const alone = await step.loss({ ...batch, weights, pairs });
  await step.release();
  expect(Math.abs(loss / pairs.count / one.loss - 1)).toBeLessThan(1e-5);
  expect(Math.abs(alone.loss / alone.count / one.loss - 1)).toBeLessThan(1e-5);
  const found = gradient.map((value) => value / pairs.count);
  expect(relativeError(found, flatten(layout, one.gradient))).toBeLessThan(1e-5);
});

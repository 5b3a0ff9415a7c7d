import { readFileSync } from 'node:fs';
import { method as methodSchema } from '@wikigpt/schema/method.ts';
import { expect, test } from 'vitest';
import { createAdapter } from '../../trainer-image/src/adapters/index.ts';
import { families } from '../../trainer-image/src/models/index.ts';
import { flatLayout } from '../../trainer-image/src/optim/flat-layout.ts';
import { TrainStep } from '../../trainer-image/src/train/train-step.ts';
import { flatten, pack, readGolden, relativeError, unpackTensor, type Golden } from './golden-case.ts';

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
  const family = families[one.family];
  const config = family.fromScratch(golden.sizes, golden.vocabulary);
  const adapter = createAdapter(methodSchema.parse(one.method), { family, config });
  const layout = flatLayout(adapter.trainable);
  const zeros = (): Float32Array => new Float32Array(layout.total);
  const { gradientClip, learningRate: _, ...optimizer } = golden.optimizer;
  const frozen = ({ name }: { readonly name: string }): Float32Array => unpackTensor(golden.weights[name]!);
  const { beta, labelSmoothing } = one;
  const step = new TrainStep(
    { family, config, adapter, layout, frozen, optimizer, gradientClip, preference: { beta, labelSmoothing } },
    { weights: flatten(layout, one.weights), first: zeros(), second: zeros(), step: 0 },
    { threads: 1 },
  );
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

import { readFileSync } from 'node:fs';
import { method } from '@wikigpt/schema/method.ts';
import { describe, expect, test } from 'vitest';
import { createAdapter } from '../../trainer-image/src/adapters/index.ts';
import type { Batch } from '../../trainer-image/src/data/batch.ts';
import { createDecoder } from '../../trainer-image/src/generate/decoder.ts';
import { familyOf } from '../../trainer-image/src/models/index.ts';
import type { HubConfig } from '../../trainer-image/src/models/family.ts';
import { flatLayout, viewOf } from '../../trainer-image/src/optim/flat-layout.ts';
import { TrainStep } from '../../trainer-image/src/train/train-step.ts';
import { flatten, relativeError, unpackTensor } from './golden-case.ts';

interface Case {
  readonly name: string;
  readonly config: HubConfig;
  readonly weights: Readonly<Record<string, string>>;
  readonly documents: readonly (readonly number[])[];
  /** Of each document `[tokens, vocabulary]`. */
  readonly logits: readonly string[];
  readonly loss: number;
  readonly gradient: Readonly<Record<string, string>>;
}

const { cases } = JSON.parse(readFileSync(new URL('golden/families.json', import.meta.url), 'utf8')) as {
  cases: readonly Case[];
};

describe.each(cases)('$name, against transformers', (golden) => {
  const family = familyOf(golden.config);
  const config = family.configFromHub(golden.config);
  const weights = new Map(Object.entries(golden.weights).map(([name, text]) => [name, unpackTensor(text)]));

  test('has the same tensors', () => {
    const names = family.parameters(config).map(({ name }) => name);
    expect(names.toSorted()).toEqual([...weights.keys()].toSorted());
  });

  test('its configuration comes back from the one we write', () => {
    expect(family.configFromHub(family.configToHub(config, { eos: 0, pad: null }))).toEqual(config);
  });

  test('decoding, first a piece and then token by token, gives logits equal within 1e-4', async () => {
    const model = { family, config, weight: (name: string) => weights.get(name)! };
    const decoder = await createDecoder(model, { slots: 1, threads: 1 });
    for (const [index, document] of golden.documents.entries()) {
      const expected = unpackTensor(golden.logits[index]!);
      for (let past = 0; past < document.length;) {
        const tokens = document.slice(past, past === 0 ? 7 : past + 1);
        const [logits] = await decoder.step(0, [{ tokens, past }]);
        past += tokens.length;
        const row = expected.subarray((past - 1) * config.vocabulary, past * config.vocabulary);
        expect(relativeError(logits!, row)).toBeLessThan(1e-4);
      }
    }
    await decoder.release();
  });

  test('training, both documents in one row, gives loss and first gradient equal within 1e-5', async () => {
    const adapter = createAdapter(method.parse({ full: {} }), { family, config });
    const layout = flatLayout(adapter.trainable);
    const zeros = (): Float32Array => new Float32Array(layout.total);
    const step = new TrainStep(
      {
        family,
        config,
        adapter,
        layout,
        frozen: ({ name }) => weights.get(name)!,
        optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
        gradientClip: 0,
      },
      { weights: flatten(layout, golden.weights), first: zeros(), second: zeros(), step: 0 },
      { threads: 1 },
    );
    const batch = oneRow(golden.documents);
    const { loss, gradient } = await step.gradient(batch);
    await step.release();
    const found = gradient.map((value) => value / batch.supervisedCount);
    const wanted = flatten(layout, golden.gradient);
    expect(Math.abs(loss / batch.supervisedCount / golden.loss - 1)).toBeLessThan(1e-5);
    expect(relativeError(found, wanted)).toBeLessThan(1e-5);
    const worse = layout.entries.filter((entry) => relativeError(viewOf(found, entry), viewOf(wanted, entry)) > 2e-5);
    expect(worse.map(({ parameter }) => parameter.name)).toEqual([]);
  });
});

/** The documents behind each other in one row of 48 tokens, each token but the first of a document supervised. */
function oneRow(documents: readonly (readonly number[])[]): Batch {
  const length = 48;
  const tokens = documents.flat();
  const supervised = documents.flatMap((document, index) => {
    const start = documents.slice(0, index).flat().length;
    return document.slice(1).map((label, i) => ({ target: start + i, label }));
  });
  const fill = (size: number, values: readonly number[]): BigInt64Array =>
    BigInt64Array.from({ length: size }, (_, i) => BigInt(values[i] ?? 0));
  return {
    rows: 1,
    length,
    tokens: fill(length, tokens),
    positions: fill(
      length,
      documents.flatMap((document) => document.map((_, position) => position)),
    ),
    segments: Int32Array.from({ length }, (_, i) => (i < documents[0]!.length ? 1 : i < tokens.length ? 2 : 0)),
    targets: fill(
      length,
      supervised.map(({ target }) => target),
    ),
    labels: fill(
      length,
      supervised.map(({ label }) => label),
    ),
    weights: Float32Array.from({ length }, (_, i) => (i < supervised.length ? 1 : 0)),
    tokenCount: tokens.length,
    supervisedCount: supervised.length,
    next: { pass: 0, batch: 0 },
  };
}

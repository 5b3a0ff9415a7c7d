import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { method } from '@wikigpt/schema/method.ts';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createAdapter } from '../../trainer-image/src/adapters/index.ts';
import type { Batch } from '../../trainer-image/src/data/batch.ts';
import { createBatches } from '../../trainer-image/src/data/batches.ts';
import { fillBatch } from '../../trainer-image/src/data/fill-batch.ts';
import type { Example } from '../../trainer-image/src/data/example.ts';
import { loadModel } from '../../trainer-image/src/load-model.ts';
import { flatLayout, viewOf } from '../../trainer-image/src/optim/flat-layout.ts';
import { loadTokenizer } from '../../trainer-image/src/tokenizers/load-tokenizer.ts';
import { TrainStep, type TrainState } from '../../trainer-image/src/train/train-step.ts';
import { readSafetensors } from '../../trainer-image/src/weights/read-safetensors.ts';
import { relativeError, unpackTensor } from './golden-case.ts';
import { smollm2Weights } from './real-weights.ts';

interface Document {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly supervisedFrom: number;
}

interface Golden {
  readonly lora: { readonly rank: number; readonly alpha: number };
  readonly optimizer: Readonly<
    Record<'learningRate' | 'beta1' | 'beta2' | 'epsilon' | 'weightDecay' | 'gradientClip', number>
  >;
  readonly batches: readonly (readonly Document[])[];
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
  readonly gradient: {
    readonly norms: Readonly<Record<string, number>>;
    readonly tensors: Readonly<Record<string, string>>;
  };
}

const golden = JSON.parse(readFileSync(new URL('golden/smollm2.json', import.meta.url), 'utf8')) as Golden;
/** All of the gradient, where smollm2.py was told to write it. */
const wholeGradient = process.env['SMOLLM2_GRADIENT'];
const weights = await smollm2Weights();
if ('missing' in weights) {
  if (process.env['CI']) throw new Error(weights.missing);
  console.error(`\nNO TEST OF REAL WEIGHTS RUNS. ${weights.missing}\n`);
}

describe.skipIf('missing' in weights)('SmolLM2-135M-Instruct, LoRA, against PEFT', { timeout: 900_000 }, () => {
  let step: TrainStep;
  let start: TrainState;
  let layout: ReturnType<typeof flatLayout>;

  beforeAll(async () => {
    const { folder } = weights as { folder: string };
    const { family, config, tensors } = await loadModel(folder);
    const adapter = createAdapter(method.parse({ lora: golden.lora }), { family, config });
    layout = flatLayout(adapter.trainable);
    const flat = new Float32Array(layout.total);
    const sorted = layout.entries.toSorted((a, b) => (a.parameter.name < b.parameter.name ? -1 : 1));
    for (const [index, entry] of sorted.entries()) viewOf(flat, entry).set(randomNumbers(index + 1, entry.length));
    const zeros = (): Float32Array => new Float32Array(layout.total);
    start = { weights: flat, first: zeros(), second: zeros(), step: 0 };
    const { gradientClip, learningRate: _, ...optimizer } = golden.optimizer;
    const frozen = ({ name }: { name: string }) => {
      const { path, offset, length } = tensors.location(name);
      return { location: basename(path), offset, length };
    };
    step = new TrainStep({ family, config, adapter, layout, frozen, optimizer, gradientClip }, start, {
      threads: 2,
      folder,
    });
  });
  // Each batch shape has a session with weights of its own.
  afterEach(() => step.release());

  test('texts have the same tokens', async () => {
    const tokenizer = await loadTokenizer((weights as { folder: string }).folder);
    for (const { text, tokens } of golden.batches.flat()) expect(tokenizer.encode(text)).toEqual(tokens);
  });

  test('the first gradient is equal within 1e-5', async () => {
    const batch = rowsOf(golden.batches[0]!);
    const { loss, gradient } = await step.gradient(batch);
    const found = gradient.map((value) => value / batch.supervisedCount);
    const byName = new Map(layout.entries.map((entry) => [entry.parameter.name, viewOf(found, entry)]));
    expect([...byName.keys()].toSorted()).toEqual(Object.keys(golden.gradient.norms).toSorted());
    expect(Math.abs(loss / batch.supervisedCount / golden.losses[0]! - 1)).toBeLessThan(1e-5);
    const differing = Object.entries(golden.gradient.norms).filter(
      ([name, norm]) => Math.abs(Math.hypot(...byName.get(name)!) / norm - 1) > 1e-5,
    );
    expect(differing).toEqual([]);
    for (const [name, text] of Object.entries(golden.gradient.tensors))
      expect([name, relativeError(byName.get(name)!, unpackTensor(text)) < 1e-5]).toEqual([name, true]);
    if (wholeGradient === undefined) return;
    const file = await readSafetensors(wholeGradient);
    const wanted = new Float32Array(layout.total);
    for (const entry of layout.entries) viewOf(wanted, entry).set((await file.get(entry.parameter.name)).data);
    const whole = relativeError(found, wanted);
    const each = layout.entries.map((entry) => relativeError(viewOf(found, entry), viewOf(wanted, entry)));
    console.log(`gradient of ${layout.total} numbers: relative L2 ${whole}, worst tensor ${Math.max(...each)}`);
    expect(whole).toBeLessThan(1e-5);
  });

  test('four batches of eight give the gradient of one of thirty-two within 1e-6', async () => {
    const whole = await step.gradient(rowsOf(golden.batches.slice(0, 4).flat()));
    const sum = new Float32Array(layout.total);
    let loss = 0;
    for (const batch of golden.batches.slice(0, 4)) {
      const part = await step.gradient(rowsOf(batch));
      loss += part.loss;
      for (const [i, value] of part.gradient.entries()) sum[i]! += value;
    }
    console.log(
      `4 × 8 against 1 × 32: relative L2 ${relativeError(sum, whole.gradient)}, loss ${loss / whole.loss - 1}`,
    );
    expect(relativeError(sum, whole.gradient)).toBeLessThan(1e-6);
    expect(Math.abs(loss / whole.loss - 1)).toBeLessThan(1e-6);
  });

  test('packed rows give the gradient of rows of one document within 1e-5', async () => {
    const examples = golden.batches[0]!.map(exampleOf);
    const [together, apart] = [true, false].map((packing) => {
      const options = { examples: () => examples, rows: packing ? 4 : 8, length: 256, seed: 1, packing, pad: 0 };
      return createBatches(options).pass(0).next().value!;
    });
    expect(together!.supervisedCount).toBe(apart!.supervisedCount);
    const [packed, alone] = [await step.gradient(together!), await step.gradient(apart!)];
    console.log(
      `packed against alone: relative L2 ${relativeError(packed.gradient, alone.gradient)}, loss ${packed.loss / alone.loss - 1}`,
    );
    expect(relativeError(packed.gradient, alone.gradient)).toBeLessThan(1e-5);
    expect(Math.abs(packed.loss / alone.loss - 1)).toBeLessThan(1e-6);
  });

  test('the losses of twenty batches are equal within 1e-3', async () => {
    step.state = start;
    const errors: number[] = [];
    for (const [index, documents] of golden.batches.entries()) {
      const { loss } = await step.run([rowsOf(documents)], golden.optimizer.learningRate);
      errors.push(Math.abs(loss - golden.losses[index]!));
    }
    console.log(
      `20 losses, largest differences: ${errors
        .toSorted((a, b) => b - a)
        .slice(0, 3)
        .join(', ')}`,
    );
    expect(errors).toHaveLength(20);
    expect(Math.max(...errors)).toBeLessThan(1e-3);
  });
});

/** The generator of smollm2.py. */
function randomNumbers(seed: number, count: number): Float32Array {
  let x = seed;
  return Float32Array.from({ length: count }, () => {
    x = (Math.imul(1664525, x) + 1013904223) >>> 0;
    return (x / 2 ** 32 - 0.5) * 0.04;
  });
}

function exampleOf({ tokens, supervisedFrom }: Document): Example {
  return {
    tokens: Int32Array.from(tokens),
    supervised: Uint8Array.from(tokens, (_, i) => (i >= supervisedFrom ? 1 : 0)),
  };
}

/** Two documents a row, at one length for all batches so that they share a session. */
function rowsOf(documents: readonly Document[]): Batch {
  const examples = documents.map(exampleOf);
  const packed = Array.from({ length: examples.length / 2 }, (_, row) => examples.slice(2 * row, 2 * row + 2));
  const shape = { rows: packed.length, length: 128, slots: 32 * documents.length };
  return fillBatch(packed, shape, 0, { pass: 0, batch: 0 });
}

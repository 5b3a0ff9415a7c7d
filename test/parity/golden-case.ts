import { readFileSync } from 'node:fs';
import { method as methodSchema } from '@wikigpt/schema/method.ts';
import { createAdapter } from '../../trainer-image/src/adapters/index.ts';
import type { Batch } from '../../trainer-image/src/data/batch.ts';
import type { DpoOptions } from '../../trainer-image/src/losses/dpo.ts';
import type { ScratchSizes } from '../../trainer-image/src/models/family.ts';
import { families } from '../../trainer-image/src/models/index.ts';
import { flatLayout, viewOf } from '../../trainer-image/src/optim/flat-layout.ts';
import type { FlatLayout } from '../../trainer-image/src/optim/flat-layout.ts';
import { TrainStep } from '../../trainer-image/src/train/train-step.ts';

interface Document {
  readonly tokens: readonly number[];
  readonly supervisedFrom: number;
}

/** Tensors by name, each the base64 of little-endian float32. */
type Tensors = Readonly<Record<string, string>>;

/** What golden.py recorded of one training run; the gradient is that of the first step, before clipping. */
export interface GoldenRun {
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
  readonly gradient: Tensors;
  readonly trained: Tensors;
}

export interface Golden {
  readonly family: keyof typeof families;
  readonly vocabulary: number;
  readonly sizes: ScratchSizes;
  readonly optimizer: {
    readonly learningRate: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly weightDecay: number;
    readonly gradientClip: number;
  };
  readonly batches: readonly (readonly Document[])[];
  readonly weights: Tensors;
  readonly full: GoldenRun;
  readonly lora: GoldenRun & { readonly rank: number; readonly alpha: number; readonly adapter: Tensors };
}

export function readGolden(family: string): Golden {
  return JSON.parse(readFileSync(new URL(`golden/${family}.json`, import.meta.url), 'utf8')) as Golden;
}

/** A tensor of a golden file. */
export function unpackTensor(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer);
}

/** One vector of all trained tensors, in the order of the layout. */
export function flatten(layout: FlatLayout, tensors: Tensors): Float32Array {
  const flat = new Float32Array(layout.total);
  for (const entry of layout.entries) viewOf(flat, entry).set(unpackTensor(tensors[entry.parameter.name]!));
  return flat;
}

/** What of a model is trained, and where PyTorch began. */
export interface GoldenStart {
  readonly method: object;
  /** The trained tensors. */
  readonly weights: Tensors;
  readonly preference?: DpoOptions;
}

/** The trainer at the state that PyTorch started from. */
export function startTraining(golden: Golden, { method, weights, preference }: GoldenStart) {
  const family = families[golden.family];
  const config = family.fromScratch(golden.sizes, golden.vocabulary);
  const adapter = createAdapter(methodSchema.parse(method), { family, config });
  const layout = flatLayout(adapter.trainable);
  const { gradientClip, learningRate: _, ...optimizer } = golden.optimizer;
  const frozen = ({ name }: { readonly name: string }): Float32Array => unpackTensor(golden.weights[name]!);
  const moment = (): Float32Array => new Float32Array(layout.total);
  const step = new TrainStep(
    { family, config, adapter, layout, frozen, optimizer, gradientClip, ...(preference ? { preference } : {}) },
    { weights: flatten(layout, weights), first: moment(), second: moment(), step: 0 },
    { threads: 1 },
  );
  return { step, layout, adapter };
}

const [rowLength, documentsPerRow, slotMultiple] = [16, 2, 16];

/** Two documents a row and padding behind them, where PyTorch saw each document alone. */
export function pack(documents: readonly Document[]): Batch {
  const rows = documents.length / documentsPerRow;
  const size = rows * rowLength;
  const batch = {
    tokens: new BigInt64Array(size),
    positions: new BigInt64Array(size),
    segments: new Int32Array(size),
  };
  const targets: number[] = [];
  const labels: number[] = [];
  documents.forEach(({ tokens, supervisedFrom }, index) => {
    const inRow = index % documentsPerRow;
    const before = inRow === 0 ? 0 : documents[index - 1]!.tokens.length;
    const start = Math.floor(index / documentsPerRow) * rowLength + before;
    tokens.forEach((token, position) => {
      batch.tokens[start + position] = BigInt(token);
      batch.positions[start + position] = BigInt(position);
      batch.segments[start + position] = inRow + 1;
      if (position < supervisedFrom) return;
      targets.push(start + position - 1);
      labels.push(token);
    });
  });
  const slots = Math.ceil(targets.length / slotMultiple) * slotMultiple;
  const fill = (values: readonly number[]): BigInt64Array =>
    BigInt64Array.from({ length: slots }, (_, slot) => BigInt(values[slot] ?? 0));
  return {
    ...batch,
    rows,
    length: rowLength,
    targets: fill(targets),
    labels: fill(labels),
    weights: Float32Array.from({ length: slots }, (_, slot) => (slot < targets.length ? 1 : 0)),
    tokenCount: documents.reduce((sum, { tokens }) => sum + tokens.length, 0),
    supervisedCount: targets.length,
    next: { pass: 0, batch: 0 },
  };
}

/** Length of the difference over the length of what was expected. */
export function relativeError(found: Float32Array, expected: Float32Array): number {
  let [difference, size] = [0, 0];
  for (const [index, value] of expected.entries()) {
    difference += (found[index]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}

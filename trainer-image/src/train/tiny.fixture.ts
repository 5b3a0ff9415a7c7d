import { method as methodSchema } from '@wikigpt/schema/method.ts';
import { createAdapter } from '../adapters/index.ts';
import type { Batch } from '../data/batch.ts';
import { readKeysAndValues } from '../generate/virtual-tokens.ts';
import { initialWeights } from '../initial-weights.ts';
import type { Family, ModelConfig, Parameter } from '../models/family.ts';
import { flatLayout, viewOf } from '../optim/flat-layout.ts';
import { createRandom, type Random } from '../random.ts';
import { initialVector } from './initial-vector.ts';
import type { TrainSetup } from './train-graph.ts';
import { TrainStep, type TrainState } from './train-step.ts';

/** A two-layer model small enough for tests, with grouped-query attention where the family has it. */
export function tinyConfig(family: Family, vocabulary = 97): ModelConfig {
  const kvHeads = family.modelType === 'gpt2' ? undefined : 2;
  return family.fromScratch({ layers: 2, hidden: 32, heads: 4, kvHeads, intermediate: 64, context: 32 }, vocabulary);
}

export type Weights = ReadonlyMap<string, Float32Array>;

/** Random tensors for every parameter, larger than a real initialisation so that nothing hides near zero. */
export function tinyWeights(family: Family, config: ModelConfig, seed: number): Map<string, Float32Array> {
  const random = createRandom(seed);
  return new Map(
    family
      .parameters(config)
      .map((parameter) => [
        parameter.name,
        initialWeights(parameter, config.layers, random).map((value) => value * 3 + 0.05 * random.normal()),
      ]),
  );
}

/** A training setup of one method over given base weights, and its starting state. */
export function tinySetup(
  family: Family,
  config: ModelConfig,
  base: Weights,
  method: Readonly<Record<string, unknown>>,
  seed = 1,
): { setup: TrainSetup; state: TrainState } {
  const adapter = createAdapter(methodSchema.parse(method), { family, config });
  const layout = flatLayout(adapter.trainable);
  const random = createRandom(seed);
  const weights = new Float32Array(layout.total);
  for (const entry of layout.entries)
    viewOf(weights, entry).set(
      base.get(entry.parameter.name) ?? initialWeights(entry.parameter, config.layers, random),
    );
  const setup: TrainSetup = {
    family,
    config,
    adapter,
    layout,
    frozen: (parameter: Parameter) => base.get(parameter.name)!,
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
    gradientClip: 1,
  };
  return {
    setup,
    state: { weights, first: new Float32Array(layout.total), second: new Float32Array(layout.total), step: 0 },
  };
}

export function tinyStep({ setup, state }: { setup: TrainSetup; state: TrainState }): TrainStep {
  return new TrainStep(setup, state, { threads: 1 });
}

/** The start of a method as a job makes it; texts are their characters. */
export async function startAs(
  { setup, state }: { setup: TrainSetup; state: TrainState },
  base: Weights,
  seed = 1,
): Promise<{ setup: TrainSetup; state: TrainState }> {
  const { family, config, adapter, layout } = setup;
  const model = { family, config, weight: (name: string) => base.get(name)! };
  const weights = await initialVector(layout, adapter, config.layers, ({ name }) => own(base, name), {
    random: createRandom(seed),
    tensor: (name) => own(base, name)!,
    encode: (text) => Array.from(text, (character) => character.charCodeAt(0) % config.vocabulary),
    keysAndValues: (tokens) => readKeysAndValues(model, tokens, 1),
  });
  return { setup, state: { ...state, weights } };
}

const own = (base: Weights, name: string): Promise<Float32Array> | null => {
  const tensor = base.get(name);
  return tensor ? Promise.resolve(tensor) : null;
};

/** Two rows of two packed documents each, every second token supervised (or every one), the last slots padding. */
export function tinyBatch(config: ModelConfig, random: Random, rows = 2, length = 16, every = 2): Batch {
  const size = rows * length;
  const border = Math.floor(length / 2) - 1;
  const tokens = BigInt64Array.from({ length: size }, () => BigInt(Math.floor(random.uniform() * config.vocabulary)));
  const positions = new BigInt64Array(size);
  const segments = new Int32Array(size);
  const targets: bigint[] = [];
  const labels: bigint[] = [];
  for (let i = 0; i < size; i++) {
    const column = i % length;
    segments[i] = column < border ? 1 : 2;
    positions[i] = BigInt(column < border ? column : column - border);
    if (i % every === 0 && column + 1 !== border && column + 1 < length) {
      targets.push(BigInt(i));
      labels.push(tokens[i + 1]!);
    }
  }
  const supervisedCount = targets.length;
  const slots = Math.ceil(supervisedCount / 16) * 16;
  const pad = (values: bigint[]): BigInt64Array =>
    BigInt64Array.from([...values, ...Array<bigint>(slots - supervisedCount).fill(0n)]);
  return {
    rows,
    length,
    tokens,
    positions,
    segments,
    targets: pad(targets),
    labels: pad(labels),
    weights: Float32Array.from({ length: slots }, (_, i) => (i < supervisedCount ? 1 : 0)),
    tokenCount: size,
    supervisedCount,
    next: { pass: 0, batch: 0 },
  };
}

/** The documents of a batch whose every token is supervised, with the slots that predict all but their first token. */
export function documentsOf({ tokens, positions, targets, supervisedCount }: Batch) {
  const slotOf = new Map(Array.from(targets.subarray(0, supervisedCount), (target, slot) => [Number(target), slot]));
  const documents: { tokens: number[]; slots: number[] }[] = [];
  tokens.forEach((token, i) => {
    if (positions[i] === 0n) documents.push({ tokens: [], slots: [] });
    const document = documents.at(-1)!;
    document.tokens.push(Number(token));
    const slot = slotOf.get(i);
    if (slot !== undefined) document.slots.push(slot);
  });
  return documents;
}

import { describe, expect, test } from 'vitest';
import { tinyConfig, tinyWeights } from '../train/tiny.fixture.ts';
import { createDecoder } from '../generate/decoder.ts';
import type { InferenceModel } from '../generate/decode-graph.ts';
import { families } from './index.ts';
import { keptLayers, narrowedTensors, shrinkModel } from './shrink.ts';

test.each([
  [12, 6, [0, 2, 4, 7, 9, 11]],
  [6, 3, [0, 3, 5]],
  [4, 2, [0, 3]],
  [3, 1, [0]],
])('of %i layers %i are kept, evenly spread', (all, count, expected) => {
  expect(keptLayers(all, count)).toEqual(expected);
});

describe.each(Object.values(families))('$modelType', (family) => {
  const large = { ...tinyConfig(family), layers: 5 };
  const { config, source } = shrinkModel(large, { layers: 2 });

  test('every tensor of the student begins as one of the same shape of the teacher', () => {
    const shapes = new Map(family.parameters(large).map(({ name, shape }) => [name, shape]));
    const sources = family.parameters(config).map(({ name, shape }) => {
      expect(shapes.get(source(name))).toEqual(shape);
      return source(name);
    });
    expect(new Set(sources).size).toBe(sources.length);
    expect(sources.some((name) => name.includes('.4.'))).toBe(true);
  });

  test('a student of as many layers as the teacher is refused', () => {
    expect(() => shrinkModel(large, { layers: 5 })).toThrow(/teacher has only 5 layers; write at most 4/);
    expect(() => shrinkModel(large, { layers: 2, intermediate: 65 })).toThrow(/teacher has only 64 neurons/);
  });

  test('neurons that do nothing are left out first, which changes no answer', async () => {
    const weights = tinyWeights(family, large, 7);
    const parameters = family.parameters(large);
    const idle = new Set([0, 5, 40, 63]);
    for (const { name, shape } of parameters) {
      const axis = shape.length === 2 ? shape.findIndex((size) => size === large.intermediate) : -1;
      const data = weights.get(name)!;
      if (axis >= 0)
        for (let i = 0; i < data.length; i++)
          if (idle.has(axis === 0 ? Math.floor(i / shape[1]!) : i % shape[1]!)) data[i] = 0;
    }
    const shrunk = shrinkModel(large, { layers: 5, intermediate: 60 });
    const narrowed = await narrowedTensors(family, large, shrunk, async ({ name }) => weights.get(name)!);
    for (const { name, shape } of family.parameters(shrunk.config)) {
      const data = narrowed.get(name) ?? weights.get(name)!;
      expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
    }
    const model = (config: typeof large, weight: (name: string) => Float32Array) => ({ family, config, weight });
    const prompts = [[1, 5, 9, 2], [7]];
    const [whole, part] = await Promise.all([
      logitsOf(
        model(large, (name) => weights.get(name)!),
        prompts,
      ),
      logitsOf(
        model(shrunk.config, (name) => narrowed.get(name) ?? weights.get(name)!),
        prompts,
      ),
    ]);
    for (const [i, value] of part.entries()) expect(value).toBeCloseTo(whole[i]!, 4);
  });
});

/** The logits after each prompt, one after the other. */
async function logitsOf(model: InferenceModel, prompts: readonly (readonly number[])[]): Promise<number[]> {
  const decoder = await createDecoder(model, { slots: prompts.length, threads: 1 });
  const logits = await decoder.step(
    0,
    prompts.map((tokens) => ({ tokens, past: 0 })),
  );
  await decoder.release();
  return logits.flatMap((row) => [...row]);
}

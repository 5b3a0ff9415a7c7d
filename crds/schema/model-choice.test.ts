import { describe, expect, it } from 'vitest';
import { builtMethods, chooseModels, readableCount, tuningMemory } from './model-choice.ts';
import { parameterCount } from './model-sizes.ts';
import { presetNames, presets } from './presets.ts';

/** What the weights of the hub's repositories hold, as it says beside them. */
const published: Readonly<Record<string, number>> = {
  distilgpt2: 81_912_576,
  gpt2: 124_439_808,
  'smollm2-135m': 134_515_008,
  'smollm2-135m-instruct': 134_515_008,
  'smollm2-360m-instruct': 361_821_120,
  'qwen2.5-0.5b-instruct': 494_032_768,
  'qwen3-0.6b': 596_049_920,
  'tinyllama-1.1b-chat': 1_100_048_384,
  'qwen2.5-1.5b-instruct': 1_543_714_304,
  'smollm2-1.7b-instruct': 1_711_376_384,
};

it.each(presetNames)('the sizes of %s make the parameters that are published', (name) => {
  expect(parameterCount(presets[name].sizes)).toBe(published[name]);
});

it('presets stand from the smallest to the largest', () => {
  const counts = presetNames.map((name) => parameterCount(presets[name].sizes));
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
});

describe('chooseModels', () => {
  it('puts the largest model first that fits and suits', () => {
    const step = { batchTokens: 512, activationCheckpointing: true };
    const memory = tuningMemory('smollm2-360m-instruct', 'lora', step);
    const choices = chooseModels({ memory, method: 'lora', task: 'QA' });
    expect(choices.length).toBe(presetNames.length);
    expect(choices.slice(0, 2)).toMatchObject([
      { name: 'smollm2-360m-instruct', step, memory, against: [] },
      { name: 'smollm2-135m-instruct', against: [] },
    ]);
    expect(choices.find(({ name }) => name === 'smollm2-1.7b-instruct')?.against).toEqual(['needs more memory']);
    expect(choices.find(({ name }) => name === 'gpt2')?.against).toEqual(['follows no instructions']);
    expect(chooseModels({ memory: memory - 1, method: 'lora', task: 'QA' })[0]?.name).toBe('smollm2-135m-instruct');
    expect(chooseModels({ method: 'lora', language: 'zh' })[0]).toMatchObject({
      name: 'qwen2.5-1.5b-instruct',
      against: [],
    });
  });

  it('asks for nothing that is not wished', () => {
    const choices = chooseModels({ method: 'full' });
    expect(choices.flatMap(({ against }) => against)).toEqual([]);
    for (const { step } of choices) expect(step).toEqual({ batchTokens: 4096, activationCheckpointing: false });
  });

  it('knows that to train every weight takes more', () => {
    expect(builtMethods).toEqual(expect.arrayContaining(['lora', 'full']));
    for (const name of presetNames)
      expect(tuningMemory(name, 'full', {})).toBeGreaterThan(tuningMemory(name, 'lora', {}));
  });
});

it('counts of parameters are written as people say them', () => {
  expect([81_912_576, 999_600_000, 1_711_376_384].map(readableCount)).toEqual(['82M', '1.0B', '1.7B']);
});

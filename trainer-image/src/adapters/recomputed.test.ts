import { expect, test } from 'vitest';
import { families } from '../models/index.ts';
import { createRandom } from '../random.ts';
import { startAs, tinyBatch, tinyConfig, tinySetup, tinyStep, tinyWeights } from '../train/tiny.fixture.ts';

const methods = {
  'lora with dropout': { lora: { rank: 4, dropout: '0.2' } },
  DoRA: { lora: { rank: 4, variant: 'DoRA' } },
  softPrompt: { softPrompt: { tokens: 3, init: 'Vocabulary' } },
  prefix: { prefix: { tokens: 3, init: 'Text', text: 'fact' } },
  ia3: { ia3: {} },
  topLayers: { topLayers: { count: 1 } },
};

test.each(Object.entries(methods))(
  '%s has the same gradient when layers are computed anew on the way back',
  async (_, method) => {
    const family = families.llama;
    const config = tinyConfig(family);
    const base = tinyWeights(family, config, 7);
    const start = await startAs(tinySetup(family, config, base, method), base);
    const batch = tinyBatch(config, createRandom(2));
    const [kept, anew] = [false, true].map((activationCheckpointing) =>
      tinyStep({ ...start, setup: { ...start.setup, activationCheckpointing } }),
    );
    const [one, other] = [await kept!.gradient(batch), await anew!.gradient(batch)];
    expect(other.loss).toBe(one.loss);
    expect(other.gradient.some((value) => value !== 0)).toBe(true);
    expect(Math.max(...other.gradient.map((value, i) => Math.abs(value - one.gradient[i]!)))).toBeLessThan(1e-5);
    await Promise.all([kept!.release(), anew!.release()]);
  },
);

import { method } from '@wikigpt/schema/method.ts';
import { describe, expect, test } from 'vitest';
import { families } from '../models/index.ts';
import { tinyConfig } from '../train/tiny.fixture.ts';
import { createAdapter } from './index.ts';

const on = (family: 'gpt2' | 'llama', spec: object) =>
  createAdapter(method.parse(spec), { family: families[family], config: tinyConfig(families[family]) });
const layersOf = (family: 'gpt2' | 'llama', lora: object): string[] => [
  ...new Set(on(family, { lora }).trainable.map(({ name }) => name.replace(/\.lora_.*/, ''))),
];

describe('the layers that get an adapter', () => {
  test('are named by their last parts, and chosen by number', () => {
    const chosen = { targetModules: ['mlp.c_proj', 'c_attn'], layersToTransform: [1] };
    expect(layersOf('gpt2', chosen)).toEqual(['transformer.h.1.attn.c_attn', 'transformer.h.1.mlp.c_proj']);
  });

  test('are told to PEFT by names that mean these and no others', () => {
    const names = (family: 'gpt2' | 'llama', lora: object) =>
      on(family, { lora }).peftConfig('base')?.['target_modules'];
    expect(names('llama', { targets: 'Attention' })).toEqual(['k_proj', 'o_proj', 'q_proj', 'v_proj']);
    // GPT-2 has a c_proj in both halves of a layer.
    expect(names('gpt2', { targets: 'Attention' })).toEqual(['attn.c_proj', 'c_attn']);
    expect(names('gpt2', {})).toEqual(['c_attn', 'c_fc', 'c_proj']);
  });

  test('have rank and alpha of the first pattern that fits', () => {
    const lora = {
      rank: 4,
      alpha: 8,
      rankPattern: { 'layers.1.mlp.up_proj': 2, up_proj: 3 },
      alphaPattern: { up_proj: 6 },
    };
    const { trainable, peftConfig } = on('llama', { lora });
    const ranks = trainable.filter(({ name }) => name.endsWith('up_proj.lora_A.weight')).map(({ shape }) => shape[0]);
    expect(ranks).toEqual([3, 2]);
    expect(peftConfig('base')).toMatchObject({
      r: 4,
      lora_alpha: 8,
      rank_pattern: { 'model.layers.0.mlp.up_proj': 3, 'model.layers.1.mlp.up_proj': 2 },
      alpha_pattern: { 'model.layers.0.mlp.up_proj': 6, 'model.layers.1.mlp.up_proj': 6 },
    });
  });

  test.each([
    [
      { lora: { targetModules: ['q_prj'] } },
      /no linear layer named q_prj; it has q_proj, k_proj, v_proj, o_proj, gate_proj/,
    ],
    [{ lora: { layersToTransform: [0, 2] } }, /there is no layer 2; the base has layers 0 to 1/],
    [
      { lora: { targets: 'Attention', rankPattern: { up_proj: 2 } } },
      /rankPattern: no layer with an adapter is named up_proj/,
    ],
    [
      { lora: { targetModules: ['layers.0.mlp.up_proj'], layersToTransform: [1] } },
      /no layer of the base gets an adapter/,
    ],
    [{ ia3: { targetModules: ['lm_head'] } }, /method.ia3.targetModules: the base has no linear layer named lm_head/],
    [{ topLayers: { count: 3 } }, /count is 3, but the base has 2 layers/],
  ])('%j is refused where the base has none such', (spec, sentence) => {
    expect(() => on('llama', spec)).toThrow(sentence);
  });
});

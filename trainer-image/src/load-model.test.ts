import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { randomModel } from './generate/random-model.ts';
import { loadModel } from './load-model.ts';
import { trainByteLevelBpe } from './tokenizers/train-byte-level-bpe.ts';
import type { Tensor } from './weights/tensor.ts';
import { writeModelFolder } from './weights/write-model-folder.ts';

const { family, config, weights } = randomModel('llama', { layers: 1, hidden: 16, heads: 2, context: 32 }, 258);

async function folderWith(others: Readonly<Record<string, Tensor>>, specials?: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'model-'));
  const tensors = family
    .parameters(config)
    .map(({ name, shape }) => [name, { shape, data: Float32Array.from(weights.get(name)!) }] as const);
  await writeModelFolder(folder, {
    config: family.configToHub(config, { eos: 0, pad: 1 }),
    generationConfig: {},
    tokenizer: trainByteLevelBpe([], { vocabularySize: 300, ...(specials ? { specials } : {}) }),
    tensors: new Map<string, Tensor>([...tensors, ...Object.entries(others)]),
  });
  return folder;
}
const numbers = (...shape: number[]): Tensor => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });

test('a model with what older versions saved beside its weights is loaded', async () => {
  const folder = await folderWith({
    'lm_head.weight': numbers(258, 16),
    'model.layers.0.self_attn.rotary_emb.inv_freq': numbers(4),
  });
  expect((await loadModel(folder)).config).toEqual(config);
});

test('a tensor that its config.json does not ask for is refused', async () => {
  const folder = await folderWith({ 'model.layers.0.self_attn.q_proj.bias': numbers(16) });
  await expect(loadModel(folder)).rejects.toThrow(/hold model.layers.0.self_attn.q_proj.bias, which its config/);
});

test('a tensor of another shape is refused', async () => {
  const folder = await folderWith({ 'model.norm.weight': numbers(8) });
  await expect(loadModel(folder)).rejects.toThrow(/model.norm.weight has the shape \[8\], config.json asks for \[16\]/);
});

test('a tokenizer with more tokens than the model is refused', async () => {
  const folder = await folderWith({}, ['<|endoftext|>', '<|more|>', '<|pad|>']);
  await expect(loadModel(folder)).rejects.toThrow(/the tokenizer has 259 tokens, the model only 258/);
});

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { trainByteLevelBpe } from '../tokenizers/train-byte-level-bpe.ts';
import { readAdapter, writeAdapter } from './peft-adapter.ts';
import { readSafetensors } from './read-safetensors.ts';
import { readModelFolder } from './read-model-folder.ts';
import { writeModelFolder, type ModelFiles } from './write-model-folder.ts';
import { writeSafetensors } from './write-safetensors.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-'));
});

const embedding = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
const norm = { shape: [2], data: Float32Array.of(5, 6) };
const model: ModelFiles = {
  config: { model_type: 'llama', hidden_size: 2 },
  generationConfig: { eos_token_id: [0] },
  tokenizer: trainByteLevelBpe([], { vocabularySize: 258 }),
  tensors: [
    ['model.embed_tokens.weight', embedding],
    ['model.norm.weight', norm],
  ],
};

describe('a model folder', () => {
  test('reads back as it was written', async () => {
    await writeModelFolder(folder, model);
    expect((await readdir(folder)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const read = await readModelFolder(folder);
    expect(read.config).toEqual(model.config);
    expect(read.generationConfig).toEqual(model.generationConfig);
    expect(read.tokenizer.tokenizer).toEqual(model.tokenizer.tokenizer);
    expect(await read.tensors.get('model.embed_tokens.weight')).toEqual(embedding);
  });

  test('may be in shards', async () => {
    await writeModelFolder(folder, model);
    await rm(join(folder, 'model.safetensors'));
    await writeSafetensors(join(folder, 'model-00001-of-00002.safetensors'), [['model.norm.weight', norm]]);
    await writeSafetensors(join(folder, 'model-00002-of-00002.safetensors'), [['lm_head.weight', embedding]]);
    const index = {
      weight_map: {
        'model.norm.weight': 'model-00001-of-00002.safetensors',
        'lm_head.weight': 'model-00002-of-00002.safetensors',
      },
    };
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
    const { tensors } = await readModelFolder(folder);
    expect(tensors.names).toEqual(['model.norm.weight', 'lm_head.weight']);
    expect(await tensors.get('lm_head.weight')).toEqual(embedding);
    expect(tensors.location('model.norm.weight').path).toMatch(/00001-of-00002/);
    await expect(async () => tensors.get('other')).rejects.toThrow(/no tensor other/);
  });

  test('may name tensors without the wrapper, as GPT-2 on the hub does', async () => {
    await writeModelFolder(folder, { ...model, tensors: [['wte.weight', embedding]] });
    const { tensors } = await readModelFolder(folder);
    expect(await tensors.get('transformer.wte.weight')).toEqual(embedding);
  });

  test.each([
    ['config.json', /has no config.json/],
    ['model.safetensors', /has no model.safetensors; convert/],
    ['tokenizer.json', /has no tokenizer.json/],
  ])('without %s is refused', async (name, message) => {
    await writeModelFolder(folder, model);
    await rm(join(folder, name));
    await expect(readModelFolder(folder)).rejects.toThrow(message);
  });

  test('with an index that points out of the folder is refused', async () => {
    await writeModelFolder(folder, model);
    await rm(join(folder, 'model.safetensors'));
    const index = { weight_map: { 'model.norm.weight': '../other.safetensors' } };
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
    await expect(readModelFolder(folder)).rejects.toThrow(/into no file of the folder/);
  });
});

describe('a PEFT adapter', () => {
  const config = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj'] };
  const name = 'model.layers.0.self_attn.q_proj.lora_A.weight';

  test('has names that peft knows, and the model names for us', async () => {
    await writeAdapter(folder, config, [[name, norm]]);
    expect((await readdir(folder)).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    const adapter = await readAdapter(folder);
    expect(adapter.config).toEqual(config);
    expect(adapter.tensors.names).toEqual([name]);
    expect(await adapter.tensors.get(name)).toEqual(norm);
    const file = await readSafetensors(join(folder, 'adapter_model.safetensors'));
    expect(file.names).toEqual([`base_model.model.${name}`]);
  });

  test('without its files, or with other names, is refused', async () => {
    await expect(readAdapter(folder)).rejects.toThrow(/has no adapter_config.json/);
    await writeFile(join(folder, 'adapter_config.json'), '{}');
    await expect(readAdapter(folder)).rejects.toThrow(/has no adapter_model.safetensors/);
    await writeSafetensors(join(folder, 'adapter_model.safetensors'), [['model.norm.weight', norm]]);
    await expect(readAdapter(folder)).rejects.toThrow(/model.norm.weight does not begin with base_model.model/);
  });
});

import { expect, test } from 'vitest';
import { chooseFiles } from './choose-files.ts';

const chosen = (names: readonly string[]) =>
  chooseFiles(
    names.map((path) => ({ path })),
    'hf://org/model',
    'ModelIncompatible',
  ).map(({ path }) => path);

test('of several sets of weights one is read', () => {
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  const index = 'model.safetensors.index.json';
  const config = ['config.json', 'generation_config.json', 'tokenizer.json', 'merges.txt', 'chat_template.jinja'];
  expect(chosen([...config, index, ...shards, 'consolidated.safetensors', 'model.gguf'])).toEqual([
    ...config,
    index,
    ...shards,
  ]);
  expect(chosen([...config, 'model.safetensors', ...shards])).toEqual([...config, 'model.safetensors']);
  expect(chosen([...config, 'model.gguf'])).toEqual(['model.gguf']);
});

test('nothing that runs is read, and nothing of further folders', () => {
  const others = ['modeling.py', 'setup.sh', 'pytorch_model.bin', 'training_args.bin', 'tf_model.h5', 'flax.msgpack'];
  expect(chosen(['config.json', 'model.safetensors', ...others, 'original/params.json'])).toEqual([
    'config.json',
    'model.safetensors',
  ]);
  expect(() => chosen(['config.json', ...others])).toThrow(/files that run code when they are read, which is never/);
});

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bert } from '../models/bert.ts';
import { createRandom } from '../random.ts';
import { wordPieceFromVocabulary } from '../tokenizers/word-piece.ts';
import { writeModelFolder } from '../weights/write-model-folder.ts';
import { loadEmbedder } from './load-embedder.ts';

const vocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'sea', 'is', 'deep', '海', '深'];
const hub = {
  model_type: 'bert',
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 16,
  vocab_size: vocabulary.length,
  max_position_embeddings: 16,
};
const steps = (...types: string[]): unknown =>
  types.map((type) => ({ type: `sentence_transformers.models.${type}`, path: type === 'Pooling' ? '1_Pooling' : '' }));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'encoder-'));
  const random = createRandom(1);
  await writeModelFolder(folder, {
    config: hub,
    generationConfig: {},
    tokenizer: {
      tokenizer: wordPieceFromVocabulary(vocabulary.join('\n'), {}),
      config: {},
      specialTokensMap: null,
      chatTemplate: null,
    },
    tensors: bert.parameters(bert.configFromHub(hub)).map(({ name, shape }) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, data: Float32Array.from({ length }, () => random.normal()) }] as const;
    }),
  });
  await mkdir(join(folder, '1_Pooling'));
});
const writeForm = async (modules: unknown, pooling: unknown): Promise<void> => {
  await writeFile(join(folder, 'modules.json'), JSON.stringify(modules));
  await writeFile(join(folder, '1_Pooling/config.json'), JSON.stringify(pooling));
};

async function vectorsOf(...texts: string[]): Promise<readonly Float32Array[]> {
  const embedder = await loadEmbedder(folder, { threads: 1 });
  const { vectors } = await embedder.embed(texts);
  await embedder.release();
  return vectors;
}
const lengthOf = (vector: Float32Array): number => Math.hypot(...vector);

describe('an encoder', () => {
  test('gives a text the same vector alone and beside a longer one', async () => {
    await writeForm(steps('Transformer', 'Pooling', 'Normalize'), { pooling_mode_mean_tokens: true });
    const [alone] = await vectorsOf('the sea');
    const [beside, other] = await vectorsOf('the sea', '海 is deep deep deep');
    for (const [i, value] of alone!.entries()) expect(beside![i]).toBeCloseTo(value, 5);
    expect(other).not.toEqual(beside);
    expect(lengthOf(alone!)).toBeCloseTo(1, 5);
  });

  test('pools and scales as its files say', async () => {
    await writeForm(steps('Transformer', 'Pooling'), { pooling_mode_mean_tokens: true });
    const [mean] = await vectorsOf('the sea is deep');
    await writeForm(steps('Transformer', 'Pooling'), { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false });
    const [first] = await vectorsOf('the sea is deep');
    expect(first).not.toEqual(mean);
    expect(lengthOf(first!)).not.toBeCloseTo(1, 3);
  });

  test('reads no more of a text than it has places for', async () => {
    await writeForm(steps('Transformer', 'Pooling'), { pooling_mode_mean_tokens: true });
    const [long, longer] = await vectorsOf('sea '.repeat(14), 'sea '.repeat(15));
    expect(longer).toEqual(long);
  });

  test.each([
    ['a step that is not known', steps('Transformer', 'Dense'), {}, /names the step Dense, expected Transformer/],
    ['a path that leads out', [{ type: 'a.Pooling', path: '..' }], {}, /it names the path \.\./],
    [
      'two poolings',
      steps('Pooling'),
      { pooling_mode_max_tokens: true, pooling_mode_mean_tokens: true },
      /max_tokens and mean_tokens/,
    ],
  ])('with %s is refused', async (_, modules, pooling, message) => {
    await writeForm(modules, pooling);
    await expect(loadEmbedder(folder, { threads: 1 })).rejects.toThrow(message);
  });
});

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { randomModel } from '../../generate/random-model.ts';
import { loadModel } from '../../load-model.ts';
import type { families } from '../../models/index.ts';
import { loadTokenizer } from '../../tokenizers/load-tokenizer.ts';
import { asModelFolder } from './as-model-folder.ts';
import { ggufBytes, type FixtureValue } from './gguf.fixture.ts';
import { importGguf } from './import-gguf.ts';

const tokens = ['<unk>', '<s>', '</s>', '<0x0A>', '▁', 'a', 'b', '▁a', 'ab', '▁ab', '<|user|>'];
const pieces: Record<string, FixtureValue> = {
  'tokenizer.ggml.model': 'llama',
  'tokenizer.ggml.tokens': tokens,
  'tokenizer.ggml.scores': tokens.map((_, id) => id + 0.5),
  'tokenizer.ggml.token_type': [2, 3, 3, 6, 1, 1, 1, 1, 1, 1, 4],
  'tokenizer.ggml.bos_token_id': 1,
  'tokenizer.ggml.eos_token_id': 2,
  'tokenizer.ggml.unknown_token_id': 0,
};
const sizes = { layers: 2, hidden: 16, heads: 4, kvHeads: 2, intermediate: 24, context: 32, tieEmbeddings: false };

/** What llama.cpp's converter makes of a random model. */
async function written(
  name: Exclude<keyof typeof families, 'gpt2'>,
  more: Record<string, FixtureValue> = {},
  others: Record<string, { shape: number[]; data: Float32Array }> = {},
) {
  const model = randomModel(name, sizes, tokens.length);
  const { config } = model;
  const tensors = model.family.parameters(config).map(({ name: hub, shape }) => {
    const data = model.weights.get(hub)!;
    const turned = name === 'llama' && /[qk]_proj/.test(hub);
    return [ggufName(hub), { shape, data: turned ? neighboursFirst(data, shape[0]!, config.headDim) : data }] as const;
  });
  const metadata = {
    'general.architecture': name,
    [`${name}.block_count`]: config.layers,
    [`${name}.context_length`]: config.context,
    [`${name}.embedding_length`]: config.hidden,
    [`${name}.feed_forward_length`]: config.intermediate,
    [`${name}.attention.head_count`]: config.heads,
    [`${name}.attention.head_count_kv`]: config.kvHeads,
    [`${name}.attention.layer_norm_rms_epsilon`]: config.epsilon,
    [`${name}.rope.freq_base`]: 10_000,
    ...pieces,
    ...more,
  };
  const folder = await mkdtemp(join(tmpdir(), 'gguf-'));
  await writeFile(join(folder, 'a.gguf'), ggufBytes(metadata, { ...Object.fromEntries(tensors), ...others }));
  return { model, path: join(folder, 'a.gguf'), folder: join(folder, 'imported') };
}

const ggufName = (hub: string): string =>
  hub
    .replace('model.embed_tokens', 'token_embd')
    .replace('lm_head', 'output')
    .replace('model.norm', 'output_norm')
    .replace('model.layers', 'blk')
    .replace('post_attention_layernorm', 'ffn_norm')
    .replace('input_layernorm', 'attn_norm')
    .replace(/self_attn\.([qk])_norm/, 'attn_$1_norm')
    .replace(/self_attn\.([qkv])_proj/, 'attn_$1')
    .replace('self_attn.o_proj', 'attn_output')
    .replace(/mlp\.(gate|up|down)_proj/, 'ffn_$1');

function neighboursFirst(data: Float32Array, rows: number, headDim: number): Float32Array {
  const width = data.length / rows;
  const half = headDim / 2;
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const [head, within] = [Math.floor(row / headDim), row % headDim];
    const to = head * headDim + 2 * (within % half) + Math.floor(within / half);
    turned.set(data.subarray(row * width, (row + 1) * width), to * width);
  }
  return turned;
}

describe.each(['llama', 'qwen2', 'qwen3'] as const)('a %s file', (name) => {
  test('becomes the same model as a folder', async () => {
    const { model, path, folder } = await written(name);
    await importGguf(path, folder);
    const loaded = await loadModel(folder);
    expect(loaded.config).toEqual(model.config);
    for (const [tensor, data] of model.weights) expect((await loaded.tensors.get(tensor)).data).toEqual(data);
  });
});

test('a file, or a folder with nothing else, is imported once', async () => {
  const { model, path, folder } = await written('llama');
  const [byFile, byFolder] = [await asModelFolder(path, folder), await asModelFolder(dirname(path), folder)];
  expect(byFolder).toBe(byFile);
  expect((await loadModel(byFile)).config).toEqual(model.config);
  expect(await asModelFolder(byFile, folder)).toBe(byFile);
  await writeFile(path, 'GGUF');
  await expect(asModelFolder(path, folder)).rejects.toThrow(/is not a whole GGUF file/);
});

describe('a file of llama', () => {
  test('has its tokenizer put together by scores', async () => {
    const { path, folder } = await written('llama', { 'tokenizer.chat_template': '{{ messages[0].content }}' });
    await importGguf(path, folder);
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.encode('ab a<|user|>').map((id) => tokens[id])).toEqual(['▁ab', '▁a', '<|user|>']);
    expect(tokenizer.decode(tokenizer.encode('ab\na'))).toBe('ab\na');
    expect([tokenizer.bos, tokenizer.eos, tokenizer.documentStart]).toEqual([1, 2, 1]);
    expect(tokenizer.chatTemplate).toBe('{{ messages[0].content }}');
  });

  test("has Llama 3's scaling of positions, and no other", async () => {
    const factors = { 'rope_freqs.weight': { shape: [2], data: Float32Array.of(1, 32) } };
    // Of the two frequencies of a head of four, the slow one turns less than once in 8192 tokens, or about twice.
    const [slow, faster] = [
      await written('llama', { 'llama.rope.freq_base': 100_000_000 }, factors),
      await written('llama', { 'llama.rope.freq_base': 500_000 }, factors),
    ];
    await importGguf(slow.path, slow.folder);
    expect((await loadModel(slow.folder)).config.ropeScaling).toMatchObject({ type: 'llama3', factor: 32 });
    await expect(importGguf(faster.path, faster.folder)).rejects.toThrow(/is not Llama 3's scaling, at frequency 1/);
  });

  test.each([
    ['another family', { 'general.architecture': 'gemma' }, /general.architecture is gemma, expected one of llama/],
    ['a sliding window', { 'llama.attention.sliding_window': 4096 }, /llama.attention.sliding_window is not heeded/],
    ['experts', { 'llama.expert_count': 8 }, /llama.expert_count is not heeded/],
    [
      'half of a head turned',
      { 'llama.rope.dimension_count': 2 },
      /rope.dimension_count is 2, expected the 4 of a head/,
    ],
    ['another scaling', { 'llama.rope.scaling.type': 'yarn' }, /scaling.type is yarn, expected none or linear/],
    ['heads that differ', { 'llama.attention.head_count': [4, 2] }, /head_count is a list of 2, expected a number/],
    ['another vocabulary', { 'tokenizer.ggml.model': 'bert' }, /tokenizer.ggml.model is bert, expected gpt2 or llama/],
    [
      'an unknown cut',
      { 'tokenizer.ggml.model': 'gpt2', 'tokenizer.ggml.pre': 'new' },
      /ggml.pre is new, expected one of gpt-2/,
    ],
    ['too few scores', { 'tokenizer.ggml.scores': [1.5] }, /scores is not a list of 11 numbers/],
  ])('with %s is refused', async (_, more, message) => {
    const { path, folder } = await written('llama', more);
    await expect(importGguf(path, folder)).rejects.toThrow(message);
  });

  test('with a tensor that nobody reads is refused when it is loaded', async () => {
    const extra = { 'blk.0.attn_sinks.weight': { shape: [4], data: new Float32Array(4) } };
    const { path, folder } = await written('llama', {}, extra);
    await importGguf(path, folder);
    await expect(loadModel(folder)).rejects.toThrow(/hold blk.0.attn_sinks.weight/);
  });
});

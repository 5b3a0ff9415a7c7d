import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadTokenizer } from '../tokenizers/load-tokenizer.ts';
import { trainByteLevelBpe } from '../tokenizers/train-byte-level-bpe.ts';
import { writeModelFolder } from '../weights/write-model-folder.ts';
import { loadTextGenerator } from './load-text-generator.ts';
import { randomModel } from './random-model.ts';
import { greedy } from './sample.ts';

const vocabulary = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  ...Array.from('法国的首都是巴黎'),
  'the',
  'sea',
  '##s',
  '，',
];

test('a GPT-2 with the vocabulary of BERT is loaded by its vocab.txt and writes text', async () => {
  const sizes = { layers: 1, hidden: 16, heads: 2, context: 64 };
  const { family, config, weights } = randomModel('gpt2', sizes, vocabulary.length);
  const folder = await mkdtemp(join(tmpdir(), 'chinese-gpt2-'));
  await writeModelFolder(folder, {
    config: { ...family.configToHub(config, { eos: 3, pad: 0 }), tokenizer_class: 'BertTokenizer' },
    generationConfig: {},
    tokenizer: trainByteLevelBpe([], { vocabularySize: 258 }),
    tensors: family
      .parameters(config)
      .map(({ name, shape }) => [name, { shape, data: Float32Array.from(weights.get(name)!) }] as const),
  });
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'])
    await rm(join(folder, name));
  await writeFile(join(folder, 'vocab.txt'), vocabulary.join('\n'));

  const tokenizer = await loadTokenizer(folder);
  expect(tokenizer.decode(tokenizer.encodeText('法国的首都是巴黎，The seas'))).toBe('法国的首都是巴黎， the seas');
  const generator = await loadTextGenerator({ folder, slots: 1, threads: 1, prefillTokens: 32, maxWaiting: 1 });
  const request = {
    prompt: { text: '法国的首都' },
    maxNewTokens: 8,
    stop: [],
    trimStart: false,
    seed: 1,
    sampling: greedy,
  };
  const { promptTokens, events } = await generator.start(request, new AbortController().signal);
  let text = '';
  for await (const event of events) text += event.text;
  await generator.close();
  expect(promptTokens).toBe(6);
  expect(vocabulary.some((token) => !token.startsWith('[') && text.includes(token.replace('##', '')))).toBe(true);
});

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadTokenizer } from './load-tokenizer.ts';
import { tokenizerFromJson, type TokenizerJson } from './tokenizer.ts';

const special = (id: number, content: string) => ({ id, content, special: true, normalized: false });

/** The shape of Llama's tokenizers: "▁" for a space, bytes where a character is unknown, bos put first. */
const metaspace: TokenizerJson = {
  added_tokens: [special(0, '<unk>'), special(1, '<s>'), special(2, '</s>')],
  normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
  pre_tokenizer: null,
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [],
    special_tokens: {},
  },
  decoder: {
    type: 'Sequence',
    decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }],
  },
  model: {
    type: 'BPE',
    unk_token: '<unk>',
    byte_fallback: true,
    vocab: Object.fromEntries(
      ['<unk>', '<s>', '</s>', '<0xE7>', '<0x8C>', '<0xAB>', '▁', 'h', 'i', '▁h', '▁hi'].map((text, id) => [text, id]),
    ),
    merges: ['▁ h', '▁h i'],
  },
};

describe('a tokenizer with "▁" and byte tokens', () => {
  const tokenizer = tokenizerFromJson(metaspace, { bos_token: '<s>', eos_token: { content: '</s>' } });

  test('writes text and spells tokens in UTF-8', () => {
    expect(tokenizer.encodeText(' hi猫')).toEqual([10, 3, 4, 5]);
    expect(tokenizer.decode([10, 3, 4, 5, 2])).toBe('hi猫');
    expect(Buffer.concat([3, 4, 5].map((id) => tokenizer.tokenBytes(id))).toString()).toBe('猫');
  });

  test('puts bos before documents, because its post-processor does, but never by itself', () => {
    expect(tokenizer.documentStart).toBe(1);
    expect(tokenizer.eos).toBe(2);
    expect(tokenizer.encode('h')).toEqual([7]);
  });
});

test('the vocabulary reaches to the largest id, with or without gaps', () => {
  const far = tokenizerFromJson({ ...metaspace, added_tokens: [special(20, '</s>')] }, { eos_token: '</s>' });
  expect(far.vocabularySize).toBe(21);
  expect(tokenizerFromJson(metaspace, { eos_token: '</s>' }).vocabularySize).toBe(11);
});

test('an id that no token has decodes to nothing', () => {
  const tokenizer = tokenizerFromJson(metaspace, { eos_token: '</s>' });
  expect(tokenizer.decode([99999])).toBe('');
  expect(tokenizer.decode([])).toBe('');
});

describe('a folder that cannot be used says why', () => {
  const cases: Record<string, [Record<string, string>, RegExp]> = {
    'nothing there': [{}, /has no tokenizer.json or vocab.txt; save the model with a "fast" tokenizer/],
    'not JSON': [{ 'tokenizer.json': '{' }, /tokenizer.json is not JSON/],
    'a list': [{ 'tokenizer.json': '[]' }, /must hold a JSON object/],
    'no model': [{ 'tokenizer.json': '{}' }, /has no "model"/],
    'a model of words': [{ 'tokenizer.json': '{"model":{"type":"WordLevel","vocab":{}}}' }, /of type WordLevel/],
    'a BPE without merges': [{ 'tokenizer.json': '{"model":{"type":"BPE","vocab":{}}}' }, /cannot be used/],
    'an unknown part': [
      { 'tokenizer.json': '{"pre_tokenizer":{"type":"Magic"},"model":{"type":"BPE","vocab":{},"merges":[]}}' },
      /Magic/,
    ],
    'no end of text': [
      { 'tokenizer.json': '{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}' },
      /names no end-of-text token/,
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [files, message]) => {
    const folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await expect(loadTokenizer(folder)).rejects.toThrow(message);
    await expect(loadTokenizer(folder)).rejects.toMatchObject({ code: 'ModelIncompatible' });
  });
});

import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import golden from './golden/bpe.json' with { type: 'json' };
import { loadTokenizer, tokenizerFromFiles, writeTokenizerFiles } from './load-tokenizer.ts';
import { splitPattern, splitText } from './split-pattern.ts';
import { trainByteLevelBpe } from './train-byte-level-bpe.ts';

const files = trainByteLevelBpe(golden.texts, { vocabularySize: 400 });
const tokenizer = tokenizerFromFiles(files);
const model = files.tokenizer.model as unknown as { vocab: Record<string, number>; merges: [string, string][] };

describe('against the Rust tokenizers', () => {
  test('the golden file is of this split pattern', () => {
    expect(golden.splitPattern).toBe(splitPattern);
  });

  test('the same merges are learned in the same order', () => {
    expect(model.merges.map((merge) => merge.join(' ')).join('\n')).toBe(golden.merges);
    expect(tokenizer.vocabularySize).toBe(golden.vocabularySize);
  });

  test('texts get the same ids', () => {
    for (const [text, ids] of golden.ids as [string, number[]][]) expect(tokenizer.encodeText(text)).toEqual(ids);
  });
});

describe('a trained tokenizer', () => {
  const strings = [
    '给定问题：法国的首都是哪里？，给定答案： Paris',
    'emoji 👨‍👩‍👧‍👦 🏳️‍🌈 😀, 한국어, ひらがな カタカナ, 𠀀𠮷野家',
    ' leading, trailing  \t\r\n\n two\u3000wide \u0085 \ufeff \u200b',
    'never seen: Ωμέγα ½ ① العربية \u0000',
  ];

  test.each(strings)('writes %j back', (text) => {
    expect(tokenizer.decode(tokenizer.encodeText(text))).toBe(text);
    expect(splitText(text).join('')).toBe(text);
  });

  test('writes a lone surrogate back as the replacement character, like every UTF-8 encoder', () => {
    expect(tokenizer.decode(tokenizer.encodeText('a\ud800b'))).toBe('a\ufffdb');
  });

  test('has no token with two Chinese characters', () => {
    const texts = Object.values(model.vocab).map((id) => new TextDecoder().decode(tokenizer.tokenBytes(id)));
    expect(texts.filter((text) => /\p{Script=Han}.*\p{Script=Han}/u.test(text))).toEqual([]);
    expect(texts.some((text) => /^\p{Script=Han}$/u.test(text))).toBe(true);
  });

  test('gives an answer the same tokens behind a Chinese and an English prompt', () => {
    const [zh, en] = ['给定答案：', ' Given answer:'].map((prompt) => tokenizer.encodeText(`${prompt} Paris`));
    expect(zh!.slice(-1)).toEqual(tokenizer.encodeText(' Paris'));
    expect(en!.slice(-1)).toEqual(zh!.slice(-1));
  });

  test('joins the bytes of its tokens to the text, also within a character', () => {
    const ids = tokenizer.encodeText('猫😀');
    expect(ids.length).toBeGreaterThan(2);
    expect(Buffer.concat(ids.map((id) => tokenizer.tokenBytes(id))).toString()).toBe('猫😀');
  });

  test('reads a special token only where one is meant', () => {
    const text = 'a<|endoftext|>b';
    expect(tokenizer.encode(text)).toContain(tokenizer.eos);
    expect(tokenizer.encodeText(text)).not.toContain(tokenizer.eos);
    expect(tokenizer.decode(tokenizer.encodeText(text))).toBe(text);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe('ab');
    expect([tokenizer.eos, tokenizer.pad, tokenizer.documentStart, tokenizer.special('<|pad|>')]).toEqual([0, 1, 0, 1]);
    expect(tokenizer.tokenBytes(tokenizer.eos)).toHaveLength(0);
  });

  test('is the same after a trip through a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
    await writeTokenizerFiles(folder, { ...files, chatTemplate: '{{ messages[0].content }}' });
    const loaded = await loadTokenizer(folder);
    expect(loaded.encodeText(strings[0]!)).toEqual(tokenizer.encodeText(strings[0]!));
    expect(loaded.chatTemplate).toBe('{{ messages[0].content }}');
    expect(loaded.templateSpecials).toEqual({
      bos_token: '<|endoftext|>',
      eos_token: '<|endoftext|>',
      pad_token: '<|pad|>',
    });
    const inside = JSON.parse(await readFile(join(folder, 'tokenizer_config.json'), 'utf8')) as object;
    expect(inside).toHaveProperty('chat_template', '{{ messages[0].content }}');
  });
});

describe('training', () => {
  test('depends on the texts alone', () => {
    expect(trainByteLevelBpe(golden.texts, { vocabularySize: 400 })).toEqual(files);
  });

  test('stops when nothing occurs twice', () => {
    const { tokenizer: json } = trainByteLevelBpe(['abc'], { vocabularySize: 5000 });
    expect(json.model).toMatchObject({ merges: [] });
    expect(tokenizerFromFiles(trainByteLevelBpe([], { vocabularySize: 258 })).vocabularySize).toBe(258);
  });

  test('refuses a vocabulary without room for the bytes', () => {
    expect(() => trainByteLevelBpe([], { vocabularySize: 257 })).toThrow(/256 bytes and 2 special tokens need 258/);
  });
});

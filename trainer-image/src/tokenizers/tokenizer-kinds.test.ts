import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tokenizerFromJson, type TokenizerConfig, type TokenizerJson } from './tokenizer.ts';
import { wordPieceFromVocabulary } from './word-piece.ts';

interface Kind {
  readonly name: string;
  readonly tokenizer?: TokenizerJson;
  readonly vocabulary?: readonly string[];
  readonly config: TokenizerConfig;
  /** Of each probe, without marks at its ends. */
  readonly ids: readonly (readonly number[])[];
  readonly texts: readonly string[];
}

const golden = JSON.parse(readFileSync(new URL('golden/kinds.json', import.meta.url), 'utf8')) as {
  readonly probes: readonly string[];
  readonly kinds: readonly Kind[];
};

describe.each(golden.kinds)('$name', ({ tokenizer: json, vocabulary, config, ids, texts }) => {
  const files = json ?? wordPieceFromVocabulary(`${vocabulary!.join('\n')}\n`, config);
  const tokenizer = tokenizerFromJson(files, config);
  // The library takes neighbours beyond the first plane, as 𠀀𠮷, for one unknown word where the original has two.
  const unknown = vocabulary?.indexOf('[UNK]');
  const shown = (each: readonly number[]): number[] =>
    each.filter((id, i) => id !== unknown || each[i - 1] !== unknown);

  test('gives every text the ids of transformers', () => {
    expect(golden.probes.map((probe) => shown(tokenizer.encode(probe)))).toEqual(ids.map(shown));
  });

  test('writes ids as transformers does', () => {
    const found = ids.map((each) => tokenizer.decode(each));
    // Which spaces a vocabulary without them implies is for each to choose.
    const spaced = (text: string): string => (vocabulary ? text.replaceAll(/\s/gu, '') : text);
    expect(found.map(spaced)).toEqual(texts.map(spaced));
  });

  test('joins the bytes of its tokens to the same text', () => {
    for (const each of ids) {
      const joined = Buffer.concat(each.map((id) => tokenizer.tokenBytes(id))).toString();
      expect([joined, joined.replace(/^ /, '')]).toContain(tokenizer.decode(each));
    }
  });
});

describe('a vocabulary of BERT', () => {
  const { vocabulary, config } = golden.kinds.find(({ vocabulary }) => vocabulary)!;
  const lines = vocabulary!.join('\n');
  const tokenizer = tokenizerFromJson(wordPieceFromVocabulary(lines, config), config);

  test('begins and ends texts with its marks', () => {
    const named = [tokenizer.documentStart, tokenizer.eos, tokenizer.pad].map((id) => vocabulary![id!]);
    expect(named).toEqual(['[CLS]', '[SEP]', '[PAD]']);
    expect(tokenizer.encodeText('[SEP]')).not.toContain(tokenizer.eos);
  });

  test.each([
    ['法国的首都是 Paris，', '法国的首都是 paris，'],
    ['It is the capital, is it?', 'it is the capital, is it?'],
    ['首都 Paris', '首都 paris'],
    ['it 首都', 'it首都'],
  ])('puts spaces between words and not between characters: %s', (text, written) => {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(written);
  });

  test('without its marks is refused', () => {
    expect(() => wordPieceFromVocabulary('a\nb', {})).toThrow(/vocab.txt has no line \[UNK\]/);
  });
});

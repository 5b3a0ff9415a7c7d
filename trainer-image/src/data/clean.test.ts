import { describe, expect, test } from 'vitest';
import { cleanRecords, requireReadable } from './clean.ts';
import { hashText } from './hash.ts';
import { NearDuplicates } from './min-hash.ts';
import { questionRecord, textRecord } from './record.fixture.ts';

const words = (count: number, seed: number): string[] =>
  Array.from({ length: count }, (_, index) => `w${hashText(`${index}`, seed)}`);

describe('cleaning', () => {
  test('drops equal records, however they are cased, spaced or widened', () => {
    const records = ['What is A?', 'what  is a?', 'Ｗhat is A?', 'What is B?'].map((text) => questionRecord(text, 'x'));
    const { kept, dropped } = cleanRecords(records, { deduplicate: 'Exact', languages: [] });
    expect(kept).toEqual([records[0], records[3]]);
    expect(dropped).toEqual({ language: 0, duplicate: 2, nearDuplicate: 0 });
  });

  test('keeps one question with two answers: both may be true', () => {
    const records = [questionRecord('A?', 'x'), questionRecord('A?', 'y')];
    expect(cleanRecords(records, { deduplicate: 'MinHash', languages: [] }).kept).toHaveLength(2);
  });

  test('keeps everything when told so, and only wanted languages when told so', () => {
    const records = [questionRecord('A?', 'x'), questionRecord('A?', 'x'), questionRecord('甲？', '乙')];
    expect(cleanRecords(records, { deduplicate: 'None', languages: [] }).kept).toHaveLength(3);
    const { kept, dropped } = cleanRecords(records, { deduplicate: 'None', languages: ['zh'] });
    expect([kept.length, dropped.language]).toEqual([1, 2]);
  });

  test('drops long texts that nearly equal an earlier one', () => {
    const [one, other] = [words(200, 1), words(200, 2)];
    const edited = one.with(20, 'edited').with(150, 'too');
    const records = [one, other, edited].map((text) => textRecord(text.join(' ')));
    const { kept, dropped } = cleanRecords(records, { deduplicate: 'MinHash', languages: [] });
    expect(kept).toEqual(records.slice(0, 2));
    expect(dropped.nearDuplicate).toBe(1);
  });

  test('keeps templated facts that differ in one name', () => {
    const facts = ['France', 'Spain', 'Italy'].map((name) => questionRecord(`What is the capital of ${name}?`, 'x'));
    expect(cleanRecords(facts, { deduplicate: 'MinHash', languages: [] }).kept).toHaveLength(3);
  });
});

describe('near duplicates', () => {
  // Each changed word changes five shingles of 196.
  const similarAfter = (edits: number): number => {
    const shared = 196 - 5 * edits;
    return shared / (196 + 5 * edits);
  };

  test.each([2, 3])('are found at %i edits of 200 words, every time', (edits) => {
    expect(similarAfter(edits)).toBeGreaterThan(0.8);
    for (let seed = 0; seed < 20; seed += 1) {
      const near = new NearDuplicates();
      const text = words(200, seed);
      near.seen(text.join(' '));
      const edited = text.map((word, index) => (index % 60 === 20 && index / 60 < edits ? 'edit' : word));
      expect(near.seen(edited.join(' '))).toBe(true);
    }
  });

  test('are none at many edits', () => {
    expect(similarAfter(9)).toBeLessThan(0.8);
    for (let seed = 0; seed < 20; seed += 1) {
      const near = new NearDuplicates();
      const text = words(200, seed);
      near.seen(text.join(' '));
      expect(near.seen(text.map((word, index) => (index % 22 === 10 ? 'edit' : word)).join(' '))).toBe(false);
    }
  });

  test('are found in Chinese, by characters', () => {
    const near = new NearDuplicates();
    const text =
      '法兰西共和国位于欧洲西部其首都为巴黎官方语言是法语货币是欧元人口约六千八百万国土面积约五十五万平方公里';
    expect(near.seen(text)).toBe(false);
    expect(near.seen(text.replace('公里', '公哩'))).toBe(true);
  });
});

describe('bad rows', () => {
  const bad = ['a', 'b', 'c', 'd'].map((name) => ({ place: `${name}.jsonl:1`, problem: 'is not JSON' }));

  test('are allowed up to their share', () => {
    expect(() => requireReadable(bad, 96, 4)).not.toThrow();
    expect(() => requireReadable([], 0, 0)).not.toThrow();
  });

  test('beyond it are named by file and line', () => {
    expect(() => requireReadable(bad, 95, 4)).toThrow(
      /^4 of 99 rows cannot be used \(4\.0 %, allowed are 4 %\): a\.jsonl:1 is not JSON; b\.jsonl:1 .*; c\..*; and 1 more\./,
    );
  });
});

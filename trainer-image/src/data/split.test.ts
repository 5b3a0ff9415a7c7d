import { describe, expect, test } from 'vitest';
import { leakagePercent } from './leakage.ts';
import { questionRecord, textRecord } from './record.fixture.ts';
import { splitRecords, type Part } from './split.ts';

const entities = Array.from({ length: 50 }, (_, index) => `E${index}`);
const records = entities.flatMap((entity) =>
  ['capital', 'currency'].map((relation) => questionRecord(`${relation} of ${entity}?`, 'x', { entity })),
);
const split = { testPercent: 20, validationPercent: 10, by: 'Entity', seed: 42 } as const;
const countsOf = (parts: readonly Part[]) =>
  Object.fromEntries(['train', 'validation', 'test'].map((part) => [part, parts.filter((p) => p === part).length]));

describe('a split by entity', () => {
  test('gives each part exactly its share of entities, whole', () => {
    const partOf = splitRecords(records, split);
    expect(countsOf(records.map(partOf))).toEqual({ train: 70, validation: 10, test: 20 });
    for (let index = 0; index < records.length; index += 2)
      expect(partOf(records[index]!)).toBe(partOf(records[index + 1]!));
  });

  test('depends on the seed, not on order or wording', () => {
    const partOf = splitRecords(records, split);
    const again = splitRecords(records.toReversed(), split);
    expect(records.map(again)).toEqual(records.map(partOf));
    expect(partOf(questionRecord('worded otherwise', 'y', { entity: 'E7' }))).toBe(partOf(records[14]!));
    expect(records.map(splitRecords(records, { ...split, seed: 43 }))).not.toEqual(records.map(partOf));
  });

  test('is the one that was drawn before: seeds keep their meaning between releases', () => {
    const partOf = splitRecords(records, split);
    const test = entities.filter((_, index) => partOf(records[2 * index]!) === 'test');
    expect(test).toMatchInlineSnapshot(`
      [
        "E1",
        "E14",
        "E18",
        "E23",
        "E26",
        "E28",
        "E33",
        "E34",
        "E42",
        "E47",
      ]
    `);
  });

  test('needs an entity in every record', () => {
    const lonely = questionRecord('Q', 'A', { place: 'qa.csv:7' });
    expect(() => splitRecords([...records, lonely], split)).toThrow(
      /qa.csv:7 names no entity.*columns: \{entity: NAME\}/,
    );
  });

  test('needs enough of them', () => {
    expect(() => splitRecords(records.slice(0, 4), split)).toThrow(/has 2 entities, too few to hold out 20 %/);
  });
});

describe('a split by record', () => {
  test('keeps at least one record for each part that is asked for', () => {
    const few = entities.slice(0, 4).map((name) => textRecord(name));
    const by = { testPercent: 1, validationPercent: 1, by: 'Record', seed: 1 } as const;
    expect(countsOf(few.map(splitRecords(few, by)))).toEqual({ train: 2, validation: 1, test: 1 });
  });

  test('of nothing trains on everything, entities or not', () => {
    const none = { testPercent: 0, validationPercent: 0, by: 'Entity', seed: 1 } as const;
    expect(splitRecords([textRecord('a')], none)(textRecord('a'))).toBe('train');
  });
});

describe('leakage', () => {
  const long = Array.from({ length: 40 }, (_, index) => `word${index}`);
  const test1 = [questionRecord('What is the capital of France?', 'Paris')];

  test('is a question that training asks too, however it is written', () => {
    expect(leakagePercent(test1, [questionRecord('what is the capital of france', 'Lyon')])).toBe(100);
    expect(leakagePercent([questionRecord('法国的首都是哪里？', 'a')], [questionRecord('法国的首都是哪里', 'b')])).toBe(
      100,
    );
  });

  test('is not the same question about another entity, nor the same answer', () => {
    expect(leakagePercent(test1, [questionRecord('What is the capital of Spain?', 'Paris')])).toBe(0);
  });

  test('is a long text with a few words changed, not one that shares a sentence', () => {
    const probe = [textRecord(long.join(' ')), textRecord('something else altogether')];
    expect(leakagePercent(probe, [textRecord(['new', ...long.slice(2)].join(' '))])).toBe(50);
    const half = [...long.slice(0, 16), ...long.slice(16).map((word) => `${word}x`)];
    expect(leakagePercent(probe, [textRecord(half.join(' '))])).toBe(0);
  });

  test('of nothing is none', () => {
    expect(leakagePercent([], test1)).toBe(0);
    expect(leakagePercent([textRecord('!?')], [textRecord('!?')])).toBe(0);
  });
});

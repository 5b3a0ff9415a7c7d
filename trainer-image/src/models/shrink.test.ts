import { describe, expect, test } from 'vitest';
import { tinyConfig } from '../train/tiny.fixture.ts';
import { families } from './index.ts';
import { keptLayers, shrinkModel } from './shrink.ts';

test.each([
  [12, 6, [0, 2, 4, 7, 9, 11]],
  [6, 3, [0, 3, 5]],
  [4, 2, [0, 3]],
  [3, 1, [0]],
])('of %i layers %i are kept, evenly spread', (all, count, expected) => {
  expect(keptLayers(all, count)).toEqual(expected);
});

describe.each(Object.values(families))('$modelType', (family) => {
  const large = { ...tinyConfig(family), layers: 5 };
  const { config, source } = shrinkModel(large, 2);

  test('every tensor of the student begins as one of the same shape of the teacher', () => {
    const shapes = new Map(family.parameters(large).map(({ name, shape }) => [name, shape]));
    const sources = family.parameters(config).map(({ name, shape }) => {
      expect(shapes.get(source(name))).toEqual(shape);
      return source(name);
    });
    expect(new Set(sources).size).toBe(sources.length);
    expect(sources.some((name) => name.includes('.4.'))).toBe(true);
  });

  test('a student of as many layers as the teacher is refused', () => {
    expect(() => shrinkModel(large, 5)).toThrow(/teacher has only 5 layers; write at most 4/);
  });
});

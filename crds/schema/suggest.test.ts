import { expect, it } from 'vitest';
import { closest } from './suggest.ts';

it.each([
  ['lerningRate', 'learningRate'],
  ['learnngiRate', 'learningRate'],
  ['Epochs', 'epochs'],
  ['sed', 'seed'],
  ['optimizer', undefined],
])('closest to %s is %s', (word, expected) => {
  expect(closest(word, ['epochs', 'learningRate', 'seed'])).toBe(expected);
});

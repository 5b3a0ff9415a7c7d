import { expect, test } from 'vitest';
import { Allowances } from './allowances.ts';

function allowances(remembered: number) {
  const clock = { now: 0 };
  return { clock, of: new Allowances({ burst: 2, refillMs: 1_000, remembered, now: () => new Date(clock.now) }) };
}

test('each key has its burst, and then one more in each interval', () => {
  const { of, clock } = allowances(10);
  expect([of.take('a'), of.take('a'), of.take('a')]).toEqual([0, 0, 1_000]);
  expect(of.take('b')).toBe(0);
  clock.now = 400;
  expect(of.take('a')).toBe(600);
  clock.now = 1_000;
  expect([of.take('a'), of.take('a')]).toEqual([0, 1_000]);
  clock.now = 60_000;
  expect([of.take('a'), of.take('a'), of.take('a')]).toEqual([0, 0, 1_000]);
});

test('who has not acted for longest is forgotten first', () => {
  const { of } = allowances(2);
  for (const key of ['a', 'a', 'b', 'b', 'a', 'c']) of.take(key);
  expect(of.take('a')).toBe(1_000);
  expect(of.take('b')).toBe(0);
});

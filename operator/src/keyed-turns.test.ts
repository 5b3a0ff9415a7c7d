import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { KeyedTurns } from './keyed-turns.ts';

test('work on one key waits for its turn, also after a failure; other keys do not wait', async () => {
  const turns = new KeyedTurns();
  const heard: string[] = [];
  const work = (name: string, ms: number) => async () => {
    heard.push(`${name} begins`);
    await sleep(ms);
    heard.push(`${name} ends`);
    if (name === 'a1') throw new Error('a1');
  };
  const first = turns.take('a', work('a1', 20));
  const second = turns.take('a', work('a2', 1));
  const other = turns.take('b', work('b', 1));
  await expect(first).rejects.toThrow('a1');
  await Promise.all([second, other]);
  expect(heard).toEqual(['a1 begins', 'b begins', 'b ends', 'a1 ends', 'a2 begins', 'a2 ends']);
});

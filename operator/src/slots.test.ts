import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

test('no more than so many work at once, the others in order, whether work ends well or not', async () => {
  const slots = new Slots(2);
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const begun: string[] = [];
  const work = (name: string) => {
    const end = Promise.withResolvers<void>();
    ends.set(name, end);
    return slots.take(() => {
      begun.push(name);
      return end.promise;
    });
  };
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(work);
  expect([begun, slots.waiting]).toEqual([['a', 'b'], 2]);
  ends.get('b')?.reject(new Error('no'));
  await expect(b).rejects.toThrow('no');
  ends.get('a')?.resolve();
  await a;
  expect([begun, slots.waiting]).toEqual([['a', 'b', 'c', 'd'], 0]);
  ends.get('c')?.resolve();
  ends.get('d')?.resolve();
  await Promise.all([c, d]);
  await slots.take(async () => undefined);
});

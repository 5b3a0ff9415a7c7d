import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WorkQueue, type PassResult } from './work-queue.ts';

function queueOf(work: (key: string) => Promise<PassResult>, parallel = 2) {
  const retries: number[] = [];
  const queue = new WorkQueue({
    parallel,
    firstBackoffMs: 1,
    maxBackoffMs: 4,
    work,
    onError: (_key, _error, retryMs) => retries.push(retryMs),
  });
  return { queue, retries };
}

test('a key is never worked on twice at once, and a wish made meanwhile is kept once', async () => {
  let atWork = 0;
  let most = 0;
  let passes = 0;
  const { queue } = queueOf(async () => {
    atWork += 1;
    passes += 1;
    most = Math.max(most, atWork);
    await sleep(5);
    atWork -= 1;
    return {};
  });
  queue.add('a');
  await sleep(1);
  for (let i = 0; i < 5; i++) queue.add('a');
  await queue.whenIdle();
  expect({ most, passes }).toEqual({ most: 1, passes: 2 });
});

test('several keys run side by side, up to the limit', async () => {
  let atWork = 0;
  let most = 0;
  const { queue } = queueOf(async () => {
    atWork += 1;
    most = Math.max(most, atWork);
    await sleep(3);
    atWork -= 1;
    return {};
  }, 3);
  for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
  await queue.whenIdle();
  expect(most).toBe(3);
});

test('failures are retried with growing, bounded delays until one pass succeeds', async () => {
  let passes = 0;
  const done = Promise.withResolvers<void>();
  const { queue, retries } = queueOf(async () => {
    passes += 1;
    if (passes <= 4) throw new Error('not yet');
    done.resolve();
    return {};
  });
  queue.add('a');
  await done.promise;
  expect(retries).toEqual([1, 2, 4, 4]);
});

test('of two delays the earlier wins', async () => {
  const called = Promise.withResolvers<number>();
  const { queue } = queueOf(async () => {
    called.resolve(performance.now());
    return {};
  });
  const start = performance.now();
  queue.addAfter('a', 2000);
  queue.addAfter('a', 5);
  expect((await called.promise) - start).toBeLessThan(500);
  await queue.stop();
});

test('stop waits for the work under way and starts no more', async () => {
  let ended = false;
  let passes = 0;
  const { queue } = queueOf(async () => {
    passes += 1;
    await sleep(5);
    ended = true;
    return { againAfterMs: 0 };
  });
  queue.add('a');
  await sleep(1);
  await queue.stop();
  expect(ended).toBe(true);
  queue.add('b');
  await sleep(5);
  expect(passes).toBe(1);
});

test('what has just changed is worked on before what a list brought', async () => {
  const worked: string[] = [];
  const { queue } = queueOf(async (key) => {
    await sleep(1);
    worked.push(key);
    return {};
  }, 1);
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key, true);
  queue.add('live');
  queue.add('d');
  queue.add('d', true);
  expect(queue.depth).toBe(5);
  await queue.whenIdle();
  expect(worked).toEqual(['live', 'd', 'a', 'b', 'c']);
});

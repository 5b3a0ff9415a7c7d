import type { IncomingMessage } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import type { EventDraft } from '../port.ts';
import { EventRecorder } from './event-recorder.ts';
import { answer, serveHttp } from './http-server.suite.ts';

const open: { close: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function bodyOf(request: IncomingMessage): Promise<{ metadata?: { name: string }; count: number }> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text === '' ? '{}' : text) as { metadata?: { name: string }; count: number };
}

/** A server that keeps events, and a recorder for it. */
async function recorder(counts = new Map<string, number>()) {
  const served = await serveHttp(async (request, response) => {
    const body = await bodyOf(request);
    const name = body.metadata?.name ?? request.url?.split('/').at(-1) ?? '';
    const known = counts.get(name);
    if (request.method === 'POST' && known !== undefined)
      return answer(response, 409, { kind: 'Status', code: 409, reason: 'AlreadyExists' });
    if (request.method !== 'POST' && known === undefined)
      return answer(response, 404, { kind: 'Status', code: 404, reason: 'NotFound' });
    if (request.method !== 'GET') counts.set(name, body.count);
    answer(response, 200, { count: counts.get(name) });
  });
  open.push(served);
  const clock = { ms: 0 };
  const events = new EventRecorder({ rest: served.rest, component: 'test', now: () => new Date(clock.ms) });
  const calls = () => served.attempts.map(({ method }) => method);
  return { events, counts, calls, clock };
}

const draft = (message: string): EventDraft => ({
  regarding: { apiVersion: 'wikigpt.dev/v1alpha1', kind: 'FineTuneJob', namespace: 'a', name: 'b', uid: 'c' },
  type: 'Normal',
  reason: 'Training',
  message,
});

test('a new event is one call, a repeated one raises its count by another', async () => {
  const { events, counts, calls } = await recorder();
  await events.record(draft('step 1'));
  await Promise.all([events.record(draft('step 1')), events.record(draft('step 1'))]);
  expect([...counts.values()]).toEqual([3]);
  expect(calls()).toEqual(['POST', 'PATCH', 'PATCH']);
});

test('the count of an event that an earlier process wrote goes on', async () => {
  const { events, counts } = await recorder();
  await events.record(draft('step 1'));
  const { events: later, calls } = await recorder(counts);
  await later.record(draft('step 1'));
  await later.record(draft('step 1'));
  expect([...counts.values()]).toEqual([3]);
  expect(calls()).toEqual(['POST', 'GET', 'PATCH', 'PATCH']);
});

test('an event that the server has forgotten meanwhile is written anew', async () => {
  const { events, counts } = await recorder();
  await events.record(draft('step 1'));
  counts.clear();
  await events.record(draft('step 1'));
  expect([...counts.values()]).toEqual([1]);
});

test('an object that floods its events is cut off, and heard again later', async () => {
  const { events, counts, clock } = await recorder();
  for (let step = 0; step < 40; step++) await events.record(draft(`step ${step}`));
  expect(counts.size).toBe(25);
  clock.ms += 120_000;
  for (let step = 40; step < 50; step++) await events.record(draft(`step ${step}`));
  expect(counts.size).toBe(27);
});

import { afterEach, expect, test } from 'vitest';
import { answer, serveHttp, type Handler } from './http-server.suite.ts';

const open: { close: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function serve(handler: Handler) {
  const served = await serveHttp(handler);
  open.push(served);
  return served;
}

const refusal = (code: number, reason: string) => ({ kind: 'Status', code, reason, message: `it is ${reason}` });

test('calls share their connections', async () => {
  const { rest, connections } = await serve((_request, response) => answer(response, 200, { ok: true }));
  for (let call = 0; call < 50; call++) await rest.json({ method: 'GET', path: '/a' });
  // The pool may open a second one while the first answer is still being read.
  expect(connections()).toBeLessThanOrEqual(2);
});

test('a deletion, which has a body, leaves its connection open', async () => {
  const { rest, connections } = await serve((request, response) => {
    request.resume().on('end', () => answer(response, 200, { ok: true }));
  });
  for (let call = 0; call < 20; call++)
    await rest.json({ method: 'DELETE', path: '/a', body: { kind: 'DeleteOptions' } });
  expect(connections()).toBeLessThanOrEqual(2);
});

test('a busy server, a failing one and a cut connection are tried again', async () => {
  let call = 0;
  const served = await serve((_request, response) => {
    call += 1;
    if (call === 1) answer(response, 429, refusal(429, 'TooManyRequests'), { 'retry-after': '0' });
    else if (call === 2) answer(response, 503, {});
    else if (call === 3) response.destroy();
    else answer(response, 200, { call });
  });
  expect(await served.rest.json({ method: 'GET', path: '/a' })).toEqual({ call: 4 });
  expect(served.attempts.map(({ status }) => status)).toEqual([429, 503, undefined, 200]);
});

test('Retry-After is waited for', async () => {
  let call = 0;
  const { rest } = await serve((_request, response) => {
    call += 1;
    if (call === 1) answer(response, 429, {}, { 'retry-after': '1' });
    else answer(response, 200, {});
  });
  const started = performance.now();
  await rest.json({ method: 'GET', path: '/a' });
  expect(performance.now() - started).toBeGreaterThan(990);
});

test('an answer is not tried again and says what the server said', async () => {
  const served = await serve((_request, response) => answer(response, 422, refusal(422, 'Invalid')));
  await expect(served.rest.json({ method: 'PATCH', path: '/a/b', body: {} })).rejects.toMatchObject({
    code: 'ClusterRefused',
    status: 422,
    reason: 'Invalid',
    message: 'PATCH /a/b: it is Invalid (Invalid)',
  });
  expect(served.attempts).toHaveLength(1);
});

test('a call ends at its deadline, whether the server is silent or away', async () => {
  const { rest } = await serve(() => undefined);
  await expect(rest.json({ method: 'GET', path: '/a', deadlineMs: 200 })).rejects.toMatchObject({
    code: 'ClusterUnreachable',
    message: expect.stringContaining('GET /a: the API server does not answer'),
  });
  const away = await serve((_request, response) => void response.destroy());
  await expect(away.rest.json({ method: 'GET', path: '/a', deadlineMs: 500 })).rejects.toMatchObject({
    code: 'ClusterUnreachable',
  });
  expect(away.attempts.length).toBeGreaterThan(1);
  expect(away.attempts.length).toBeLessThan(6);
});

test('a call that is cancelled ends at once', async () => {
  const { rest } = await serve(() => undefined);
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 20);
  await expect(rest.json({ method: 'GET', path: '/a', signal: abort.signal })).rejects.toThrow(/abort/);
});

test('once the fence is closed no attempt begins, and one under way is given up', async () => {
  let remaining = 100;
  const served = await serve(() => undefined);
  const fence = { remainingMs: () => remaining };
  setTimeout(() => (remaining = 0), 90);
  await expect(served.rest.json({ method: 'PATCH', path: '/a', body: {}, fence })).rejects.toMatchObject({
    code: 'NotLeading',
  });
  expect(served.attempts).toHaveLength(1);
  await expect(served.rest.json({ method: 'PATCH', path: '/a', body: {}, fence })).rejects.toMatchObject({
    code: 'NotLeading',
  });
  expect(served.attempts).toHaveLength(1);
});

test('a request that waited for its connection while the fence closed is not sent', async () => {
  let received = 0;
  const { rest } = await serve((_request, response) => {
    received += 1;
    answer(response, 200, {});
  });
  // Open when the call begins, closed when its bytes are about to go out.
  let looks = 0;
  const fence = { remainingMs: () => (looks++ < 2 ? 1_000 : 0) };
  await expect(rest.json({ method: 'PATCH', path: '/a', body: {}, fence })).rejects.toMatchObject({
    code: 'NotLeading',
  });
  expect(received).toBe(0);
});

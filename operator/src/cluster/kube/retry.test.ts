import { expect, test } from 'vitest';
import { backoffMs, retryDelayMs } from './retry.ts';

const middle = () => 0.5;

test('delays double up to a limit, and half of each is random', () => {
  expect([1, 2, 3, 9].map((attempt) => backoffMs(attempt, 100, 1000, middle))).toEqual([75, 150, 300, 750]);
  expect(backoffMs(1, 100, 1000, () => 0)).toBe(50);
  expect(backoffMs(1, 100, 1000, () => 0.999)).toBeCloseTo(100, 0);
  expect(backoffMs(10_000, 100, 1000, middle)).toBe(750);
});

test('a busy server is asked again when it said', () => {
  expect(retryDelayMs(1, { status: 429, retryAfterSeconds: 2 }, middle)).toBe(2075);
});

test.for([408, 429, 500, 502, 503, 504])('HTTP %i is tried again', (status) => {
  expect(retryDelayMs(1, { status }, middle)).toBe(75);
});

test.for([400, 401, 403, 404, 409, 410, 422])('HTTP %i is an answer', (status) => {
  expect(retryDelayMs(1, { status }, middle)).toBeUndefined();
});

test('a lost connection is tried again, a certificate that does not fit is not', () => {
  const failed = (code: string) => retryDelayMs(1, { error: Object.assign(new Error(code), { code }) }, middle);
  expect(failed('ECONNRESET')).toBe(75);
  expect(failed('UND_ERR_SOCKET')).toBe(75);
  expect(failed('DEPTH_ZERO_SELF_SIGNED_CERT')).toBeUndefined();
  expect(failed('ERR_TLS_CERT_ALTNAME_INVALID')).toBeUndefined();
});

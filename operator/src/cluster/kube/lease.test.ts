import { expect, test } from 'vitest';
import { heldBy, mayTake, microTime, released } from './lease.ts';

const now = new Date('2026-01-02T03:04:05.678Z');

test('times have six digits', () => {
  expect(microTime(now)).toBe('2026-01-02T03:04:05.678000Z');
});

test('the first holder, a renewal, and a takeover', () => {
  const first = heldBy('a', 15, {}, now);
  expect(first).toMatchObject({ holderIdentity: 'a', leaseTransitions: 0, acquireTime: microTime(now) });
  const later = new Date(now.getTime() + 2000);
  const renewed = heldBy('a', 15, first, later);
  expect(renewed).toEqual({ ...first, renewTime: microTime(later) });
  expect(heldBy('b', 15, renewed, later)).toMatchObject({
    holderIdentity: 'b',
    leaseTransitions: 1,
    acquireTime: microTime(later),
  });
});

test('a lease is taken when it is free, one’s own, or has stood still for its whole duration', () => {
  const spec = heldBy('a', 15, {}, now);
  expect(mayTake(spec, 'a', 0)).toBe(true);
  expect(mayTake(spec, 'b', 14_999)).toBe(false);
  expect(mayTake(spec, 'b', 15_000)).toBe(true);
  expect(mayTake(released(spec, now), 'b', 0)).toBe(true);
});

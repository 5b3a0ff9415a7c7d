import { expect, test } from 'vitest';
import { notReady, unhealthy, type VitalSigns } from './vital-signs.ts';

const well: VitalSigns = {
  watches: [{ kind: 'Job', synced: true, silentMs: 1_000 }],
  leaseSilentMs: 500,
  stalledMs: 0,
};

test.for([
  [well, undefined],
  [
    { ...well, watches: [{ kind: 'Job', synced: true, silentMs: 61_000 }] },
    'the watch of Job has been silent for 61 s',
  ],
  [{ ...well, leaseSilentMs: 61_000 }, 'the Lease has not been reached for 61 s'],
  [{ ...well, leaseSilentMs: Number.POSITIVE_INFINITY }, undefined],
  [{ ...well, stalledMs: 61_000 }, 'no work has ended for 61 s'],
] as const)('%j is unhealthy: %s', ([signs, why]) => {
  expect(unhealthy(signs, 60_000)).toBe(why);
});

test.for([
  [well, undefined],
  [{ ...well, leaseSilentMs: Number.POSITIVE_INFINITY }, 'the Lease cannot be reached'],
  [{ ...well, watches: [{ kind: 'Job', synced: false, silentMs: 0 }] }, 'the list of Job has not come yet'],
] as const)('%j is not ready: %s', ([signs, why]) => {
  expect(notReady(signs, 30_000)).toBe(why);
});

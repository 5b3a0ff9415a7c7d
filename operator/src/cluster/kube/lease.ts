/** The part of coordination.k8s.io/v1 Lease by which one of several processes leads. */
export interface Lease {
  readonly apiVersion: 'coordination.k8s.io/v1';
  readonly kind: 'Lease';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string };
  readonly spec: LeaseSpec;
}

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** A time with six digits after the point: API servers refuse a Lease whose times have three. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

/** The lease as its next holder writes it; taking it over is counted, renewing it is not. */
export function heldBy(identity: string, seconds: number, before: LeaseSpec, now: Date): LeaseSpec {
  const renews = before.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: seconds,
    acquireTime: renews && before.acquireTime !== undefined ? before.acquireTime : microTime(now),
    renewTime: microTime(now),
    leaseTransitions: (before.leaseTransitions ?? 0) + (renews || before.acquireTime === undefined ? 0 : 1),
  };
}

/** The lease as its holder leaves it when it goes of its own will: the next one need not wait. */
export function released(before: LeaseSpec, now: Date): LeaseSpec {
  return { ...before, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) };
}

/**
 * Whether a process may take the lease: it is its own, nobody's, or has not changed for its whole duration. Only the
 * own clock counts, from when the change was seen: clocks of other machines may be wrong.
 */
export function mayTake(spec: LeaseSpec, identity: string, unchangedMs: number): boolean {
  const { holderIdentity = '', leaseDurationSeconds = 0 } = spec;
  return holderIdentity === '' || holderIdentity === identity || unchangedMs >= leaseDurationSeconds * 1000;
}

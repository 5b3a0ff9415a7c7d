import type { ApiObject } from '../cluster/kinds.ts';
import { conditionOf, topCondition } from '../controllers/condition.ts';
import { shortTitle } from './kind-names.ts';

export type Stand = 'done' | 'failed' | 'waiting' | 'active';

/** Where a resource stands: done and failed are ends, waiting ends only when something else does. */
export function standOf(object: ApiObject): Stand {
  const job = object.kind !== 'ChatModel';
  const condition = topCondition(object);
  if (!condition || condition.observedGeneration !== object.metadata.generation) return 'active';
  if (condition.status === 'False') return 'failed';
  if (!job) {
    const upToDate = conditionOf(object, 'UpToDate');
    if (upToDate?.reason && failing.has(upToDate.reason)) return 'failed';
    if (condition.status === 'True' && upToDate?.status === 'True') return 'done';
  } else if (condition.status === 'True') return 'done';
  return waiting.has(condition.reason) ? 'waiting' : 'active';
}

const waiting: ReadonlySet<string> = new Set(['WaitingForModel', 'Suspended', 'GateHeld', 'AwaitingRatings']);
const failing: ReadonlySet<string> = new Set([
  'InvalidSpec',
  'JobFailed',
  'GateNotPassed',
  'DigestMismatch',
  'ModelIncompatible',
  'OutOfMemory',
  'ServerFailed',
]);

export interface Verdict {
  /** Whether nothing will change by itself any more. */
  readonly settled: boolean;
  readonly ok: boolean;
  /** A sentence for each resource that did not get where it should. */
  readonly reasons: readonly string[];
}

/** What a run came to that is about `objects`; what one of them waits for may be any of `others`. */
export function verdict(objects: readonly ApiObject[], others: readonly ApiObject[] = []): Verdict {
  const stands = objects.map((object) => ({ object, stand: standOf(object) }));
  const waits = stands.some(({ stand }) => stand === 'waiting');
  const busy = waits && others.some((object) => standOf(object) === 'active');
  const settled = !busy && stands.every(({ stand }) => stand !== 'active');
  const short = stands.filter(({ stand }) => stand === 'failed' || stand === 'waiting');
  return {
    settled,
    ok: stands.every(({ stand }) => stand === 'done'),
    reasons: short.map(({ object }) => reasonOf(object)),
  };
}

function reasonOf(object: ApiObject): string {
  const title = shortTitle(object.kind, object.metadata.name);
  const top = topCondition(object);
  const condition = top?.status === 'True' ? (conditionOf(object, 'UpToDate') ?? top) : top;
  return `${title}: ${condition?.reason ?? 'Pending'}: ${condition?.message ?? ''}`;
}

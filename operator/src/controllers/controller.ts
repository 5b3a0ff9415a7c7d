import type { Condition } from '@wikigpt/schema/metadata.ts';
import { keyOf, type AnyObject, type Kind, type KindMap, type ObjectKey } from '../cluster/kinds.ts';
import type { StatusOf } from '../cluster/port.ts';

/** One object that a decision looks at, by name in the namespace of the object that is decided about. */
export interface NameQuery<K extends Kind> {
  readonly kind: K;
  readonly name: string;
}

/** All objects of a kind with one label. */
export interface LabelQuery<K extends Kind> {
  readonly kind: K;
  readonly label: readonly [name: string, value: string];
}

export type Query = NameQuery<Kind> | LabelQuery<Kind>;
export type Queries = Readonly<Record<string, Query | readonly NameQuery<Kind>[] | undefined>>;

/** The answers to a set of queries: an object or nothing for a name, a list for a label or a list of names. */
export type Seen<Q extends Queries> = { readonly [Name in keyof Q]: Answer<Q[Name]> };
type Answer<T> =
  T extends NameQuery<infer K>
    ? KindMap[K] | undefined
    : T extends LabelQuery<infer K>
      ? readonly KindMap[K][]
      : T extends readonly NameQuery<infer K>[]
        ? readonly KindMap[K][]
        : undefined;

export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What should happen next: removals, then what is applied, workloads in the order of the list, then events. */
export interface Plan {
  readonly remove: readonly { readonly key: ObjectKey; readonly uid?: string }[];
  readonly apply: readonly AnyObject[];
  readonly events: readonly PlannedEvent[];
  /** When time alone may change the answer. */
  readonly wakeAt?: Date;
}

/** The removal of this very object: not of another one that has its name by then. */
export function removal(object: AnyObject): Plan['remove'][number] {
  const { uid } = object.metadata;
  return { key: keyOf(object), ...(uid === undefined ? {} : { uid }) };
}

export const nothing: Plan = { remove: [], apply: [], events: [] };

/** Why an object cannot go on yet, or ever. */
export interface Blocked {
  readonly status: 'Unknown' | 'False';
  readonly reason: string;
  readonly message: string;
}

export type Check<T, S> = (object: T, seen: S) => Blocked | undefined;

/** The first check that blocks; their order is the order in which a user should hear of them. */
export function firstBlocked<T, S>(checks: readonly Check<T, S>[], object: T, seen: S): Blocked | undefined {
  for (const check of checks) {
    const blocked = check(object, seen);
    if (blocked) return blocked;
  }
  return undefined;
}

/** The decisions about one kind: functions of what was observed, without I/O. */
export interface Controller<K extends Kind, Q extends Queries> {
  readonly kind: K;
  /** The one condition whose reason is the STATE column. */
  readonly condition: string;
  /** Whether a person should hear of a new state by an event; what passes by itself is told by the condition alone. */
  readonly isNews: (state: Pick<Condition, 'reason' | 'message'>) => boolean;
  /** What to look at; a change to any of it is a reason to decide again. */
  readonly observe: (object: KindMap[K]) => Q;
  readonly plan: (object: KindMap[K], seen: Seen<Q>, now: Date) => Plan;
  /** The parts of the status that the controller owns. */
  readonly status: (object: KindMap[K], seen: Seen<Q>, now: Date) => NonNullable<StatusOf<K>>;
}

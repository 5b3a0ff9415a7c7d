import type { Condition } from '@wikigpt/schema/metadata.ts';
import type { ApiObject } from '../cluster/kinds.ts';

interface HasConditions {
  readonly status?: { readonly conditions?: readonly Condition[] | undefined } | undefined;
}

/** The condition of a type, if the object has it. */
export function conditionOf(object: HasConditions, type: string): Condition | undefined {
  return object.status?.conditions?.find((each) => each.type === type);
}

/** The condition whose reason is the STATE column: Ready of a ChatModel, Succeeded of a job. */
export function topCondition(object: ApiObject): Condition | undefined {
  return conditionOf(object, object.kind === 'ChatModel' ? 'Ready' : 'Succeeded');
}

/** A condition with the time since when its status has been what it is. */
export function withTransition(
  next: Omit<Condition, 'lastTransitionTime'>,
  object: HasConditions,
  now: Date,
): Condition {
  const before = conditionOf(object, next.type);
  const since = before?.status === next.status ? before.lastTransitionTime : now.toISOString();
  return { ...next, message: clip(next.message, 4096), lastTransitionTime: since };
}

/** The text, cut where the API's limit is. */
function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

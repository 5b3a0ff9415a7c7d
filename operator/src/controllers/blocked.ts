import { unbuilt } from '@wikigpt/schema/built.ts';
import type { Resource } from '@wikigpt/schema/kinds.ts';
import type { AnyObject, ApiObject } from '../cluster/kinds.ts';
import { isOwnedBy } from '../cluster/owner-reference.ts';
import type { Blocked } from './controller.ts';

/** A spec that can never be carried out. */
export function invalidSpec(message: string): Blocked {
  return { status: 'False', reason: 'InvalidSpec', message };
}

/** Blocks an object that asks for what this release does not run: nothing is ignored in silence. */
export function notBuilt(object: ApiObject): Blocked | undefined {
  const sentences = unbuilt(object as Resource);
  return sentences.length === 0 ? undefined : invalidSpec(sentences.join('; '));
}

/** Blocks while a child's name is taken by an older object of the owner's name, which is being removed, or by a stranger. */
export function nameTaken(owner: ApiObject, children: readonly (AnyObject | undefined)[]): Blocked | undefined {
  const stranger = children.find((object) => object && !isOwnedBy(object, owner));
  if (!stranger) return undefined;
  const { kind, metadata } = stranger;
  return {
    status: 'Unknown',
    reason: 'Pending',
    message: `waits until ${kind} ${metadata.name}, which belongs to something else, is gone`,
  };
}

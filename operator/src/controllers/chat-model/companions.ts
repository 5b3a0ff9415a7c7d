import type { AnyObject, ChatModel, Kind } from '../../cluster/kinds.ts';
import { isOwnedBy } from '../../cluster/owner-reference.ts';
import { autoscaler, disruptionBudget } from '../../objects/availability.ts';
import { chatIngress, chatRoute } from '../../objects/exposure.ts';
import type { Settings } from '../../objects/settings.ts';
import { removal, type Plan } from '../controller.ts';

/** Kinds of which a ChatModel has one or none, under its own name. */
const kinds = ['PodDisruptionBudget', 'HorizontalPodAutoscaler', 'Ingress', 'HTTPRoute'] as const satisfies Kind[];
export type Companion = (typeof kinds)[number];

/** The kinds that this place knows. */
export function companionKinds({ inCluster, gatewayApi }: Settings): readonly Companion[] {
  if (!inCluster) return [];
  return kinds.filter((kind) => kind !== 'HTTPRoute' || gatewayApi);
}

/** What should stand beside the Service while a revision serves, and what no longer should. */
export function companions(
  chat: ChatModel,
  revision: string,
  replicas: number,
  present: readonly AnyObject[],
  settings: Settings,
): Pick<Plan, 'apply' | 'remove'> {
  const known = companionKinds(settings);
  const wanted = [
    disruptionBudget(chat, revision, replicas),
    autoscaler(chat, revision),
    chatIngress(chat),
    chatRoute(chat),
  ].filter((object) => object !== undefined && known.includes(object.kind)) as AnyObject[];
  const isFree = ({ kind }: AnyObject) => present.every((other) => other.kind !== kind || isOwnedBy(other, chat));
  const over = present.filter(({ kind }) => wanted.every((object) => object.kind !== kind));
  return {
    apply: wanted.filter(isFree),
    remove: over.filter((object) => isOwnedBy(object, chat)).map(removal),
  };
}

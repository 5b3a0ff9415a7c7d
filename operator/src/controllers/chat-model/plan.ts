import type { AnyObject, ChatModel } from '../../cluster/kinds.ts';
import type { Deployment } from '../../cluster/objects.ts';
import { isOwnedBy } from '../../cluster/owner-reference.ts';
import { namespaceFixtures } from '../../objects/namespace-fixtures.ts';
import { revisionLabel } from '../../objects/names.ts';
import {
  chatService,
  liveSinceAnnotation,
  revisionDeployment,
  revisionTask,
  servingTask,
} from '../../objects/serving.ts';
import { addressForPods } from '../../objects/service-url.ts';
import type { Settings } from '../../objects/settings.ts';
import { nothing, removal, type Plan } from '../controller.ts';
import { companions } from './companions.ts';
import type { ChatSeen } from './observe.ts';
import { isReady, standing, type Standing } from './revisions.ts';

/** What should exist for a ChatModel now: a revision for its model, which takes over when it answers, and no sooner. */
export function plan(chat: ChatModel, seen: ChatSeen, now: Date, settings: Settings): Plan {
  const stand = standing(chat, seen, settings);
  const { target, live, revisions, replicas, served } = stand;
  if (seen.service && !isOwnedBy(seen.service, chat)) return nothing;
  const candidate = revisions.find(({ metadata }) => metadata.name === target);
  const takesOver = target !== undefined && (!live || replicas === 0 || isReady(candidate, replicas));
  const serving = takesOver ? target : live?.metadata.name;
  if (serving === undefined) return nothing;
  const moves = live !== undefined && serving !== live.metadata.name;
  const since = (moves ? undefined : seen.service?.metadata.annotations?.[liveSinceAnnotation]) ?? now.toISOString();
  const beside = companions(chat, serving, replicas, seen.companions, settings);
  const old = retire(stand, seen, new Date(Date.parse(since) + settings.drainSeconds * 1000), now, chat);
  return {
    remove: [...beside.remove, ...old.remove],
    apply: [
      ...candidateParts(chat, seen, stand, settings),
      ...(live && live.metadata.name !== target ? [scaled(live, replicas)] : []),
      chatService(chat, serving, { since, served: [serving, ...served.filter((name) => name !== serving)] }),
      ...beside.apply,
      ...old.apply,
    ],
    events: moves ? [tookOver(live.metadata.name, serving)] : [],
    ...(old.wakeAt ? { wakeAt: old.wakeAt } : {}),
  };
}

function candidateParts(
  chat: ChatModel,
  { peer }: ChatSeen,
  { wanted, target, replicas }: Standing,
  settings: Settings,
): AnyObject[] {
  if (wanted.blocked || target === undefined) return [];
  const task = servingTask(chat, target, wanted.model, addressForPods(peer, settings));
  return [
    ...namespaceFixtures(chat.metadata.namespace, settings),
    revisionTask(chat, task),
    revisionDeployment(chat, task, replicas, settings),
  ];
}

/** Lets the pods of revisions that no longer serve go, and forgets the oldest; not before requests have left them. */
function retire(
  { revisions, target, live, served }: Standing,
  { tasks }: ChatSeen,
  drained: Date,
  now: Date,
  { spec }: ChatModel,
): Pick<Plan, 'apply' | 'remove' | 'wakeAt'> {
  // The one that served until this pass goes in a later one.
  const rest = revisions.filter(({ metadata: { name } }) => name !== target && name !== live?.metadata.name);
  // What served last is what people go back to; what never did is worth least.
  const places = new Map(served.map((name, place) => [name, place]));
  const placeOf = ({ metadata: { name } }: Deployment) => places.get(name) ?? served.length;
  const retired = rest.toSorted((a, b) => placeOf(a) - placeOf(b));
  const awake = retired.filter((revision) => revision.spec.replicas > 0);
  const over = retired.slice(spec.rollout.historyLimit);
  if (awake.length + over.length === 0) return { apply: [], remove: [] };
  if (now < drained) return { apply: [], remove: [], wakeAt: drained };
  return {
    apply: awake.filter((each) => !over.includes(each)).map((each) => scaled(each, 0)),
    remove: removals(over, tasks),
  };
}

/** A revision as it is, with another number of pods; without any it is kept so that going back to it is quick. */
function scaled({ apiVersion, kind, metadata, spec }: Deployment, replicas: number): Deployment {
  const { name, namespace, labels, annotations, ownerReferences } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(ownerReferences ? { ownerReferences } : {}),
    },
    spec: { ...spec, replicas },
  };
}

function removals(revisions: readonly Deployment[], tasks: ChatSeen['tasks']): Plan['remove'] {
  const gone = new Set(revisions.map(({ metadata }) => metadata.name));
  const objects: AnyObject[] = [
    ...revisions,
    ...tasks.filter(({ metadata }) => gone.has(metadata.labels?.[revisionLabel] ?? '')),
  ];
  return objects.map(removal);
}

function tookOver(before: string, now: string): Plan['events'][number] {
  return { type: 'Normal', reason: 'RevisionLive', message: `${now} answers and takes over from ${before}` };
}

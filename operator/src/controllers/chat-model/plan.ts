import { keyOf, type AnyObject, type ChatModel } from '../../cluster/kinds.ts';
import type { Deployment } from '../../cluster/objects.ts';
import { isOwnedBy } from '../../cluster/owner-reference.ts';
import { revisionLabel } from '../../objects/names.ts';
import { chatService, revisionDeployment, revisionTask, servingTask } from '../../objects/serving.ts';
import type { Settings } from '../../objects/settings.ts';
import { nothing, type Plan } from '../controller.ts';
import type { ChatSeen } from './observe.ts';
import { isReady, standing, type Standing } from './revisions.ts';

/** What should exist for a ChatModel now: a revision for its model, which takes over when it answers, and no sooner. */
export function plan(chat: ChatModel, seen: ChatSeen, settings: Settings): Plan {
  const stand = standing(chat, seen, settings);
  const { wanted, target, live, revisions, replicas } = stand;
  if (wanted.blocked || target === undefined) return nothing;
  if (seen.service && !isOwnedBy(seen.service, chat)) return nothing;
  const task = servingTask(chat, target, wanted.model);
  const candidate = revisions.find(({ metadata }) => metadata.name === target);
  const takesOver = !live || isReady(candidate, replicas);
  const serving = takesOver ? target : live.metadata.name;
  const retired = retiredRevisions(stand);
  const kept = retired.slice(0, chat.spec.rollout.historyLimit);
  return {
    ...nothing,
    apply: [
      revisionTask(chat, task),
      revisionDeployment(chat, task, replicas, settings),
      chatService(chat, serving),
      ...kept.filter(({ spec }) => spec.replicas > 0).map(asleep),
    ],
    remove: removals(retired.slice(kept.length), seen),
    events: takesOver && live && live.metadata.name !== target ? [tookOver(live.metadata.name, target)] : [],
  };
}

/** Revisions that neither serve nor should; the one that served until this pass goes in the next. */
function retiredRevisions({ revisions, target, live }: Standing): Deployment[] {
  return revisions.filter(({ metadata: { name } }) => name !== target && name !== live?.metadata.name);
}

/** A revision without pods, kept so that going back to it is quick. */
function asleep({ apiVersion, kind, metadata, spec }: Deployment): Deployment {
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
    spec: { ...spec, replicas: 0 },
  };
}

function removals(revisions: readonly Deployment[], { tasks }: ChatSeen): Plan['remove'] {
  const gone = new Set(revisions.map(({ metadata }) => metadata.name));
  const objects: AnyObject[] = [
    ...revisions,
    ...tasks.filter(({ metadata }) => gone.has(metadata.labels?.[revisionLabel] ?? '')),
  ];
  return objects.map((object) => {
    const { uid } = object.metadata;
    return { key: keyOf(object), ...(uid === undefined ? {} : { uid }) };
  });
}

function tookOver(before: string, now: string): Plan['events'][number] {
  return { type: 'Normal', reason: 'RevisionLive', message: `${now} answers and takes over from ${before}` };
}

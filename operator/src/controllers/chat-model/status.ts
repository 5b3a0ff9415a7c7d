import type { ChatModelStatus, Revision } from '@wikigpt/schema/chat-model.ts';
import type { Condition } from '@wikigpt/schema/metadata.ts';
import type { ChatModel } from '../../cluster/kinds.ts';
import type { Deployment } from '../../cluster/objects.ts';
import { exposedUrl } from '../../objects/exposure.ts';
import { serviceUrl } from '../../objects/service-url.ts';
import { chatModelLabel } from '../../objects/names.ts';
import type { Settings } from '../../objects/settings.ts';
import { withTransition } from '../condition.ts';
import type { Blocked } from '../controller.ts';
import { companionConditions } from './companion-conditions.ts';
import type { ChatSeen } from './observe.ts';
import { isReady, isRolledOut, modelDigest, readyReplicas, standing, trouble, type Standing } from './revisions.ts';

/** What is known of a ChatModel. Ready speaks of the service, UpToDate of whether it serves what the spec asks for. */
export function status(chat: ChatModel, seen: ChatSeen, now: Date, settings: Settings): ChatModelStatus {
  const stand = standing(chat, seen, settings);
  const { live, revisions, replicas, wanted } = stand;
  const behind = whyBehind(stand, seen);
  const ready = readyCondition(stand, seen, behind);
  const observedGeneration = chat.metadata.generation;
  const conditions: Condition[] = [
    withTransition({ type: 'Ready', ...ready, observedGeneration }, chat, now),
    withTransition(
      behind
        ? { type: 'UpToDate', status: 'False', reason: behind.reason, message: behind.message, observedGeneration }
        : { type: 'UpToDate', status: 'True', reason: 'Ready', message: '', observedGeneration },
      chat,
      now,
    ),
    ...companionConditions(chat, seen, settings).map((said) =>
      withTransition({ ...said, observedGeneration }, chat, now),
    ),
  ];
  const digest = live && modelDigest(live);
  const inside = serviceUrl(seen.service, settings);
  const exposed = conditions.some(({ type, status: is }) => type === 'Exposed' && is === 'True');
  const url = inside !== undefined && exposed && chat.spec.expose ? exposedUrl(chat.spec.expose) : inside;
  const shown = digest ?? (wanted.blocked ? undefined : wanted.digest);
  return {
    observedGeneration,
    conditions,
    replicas: live?.status?.replicas ?? 0,
    readyReplicas: readyReplicas(live),
    ready: `${readyReplicas(live)}/${replicas}`,
    live: readyReplicas(live) > 0 ? '100%' : '0%',
    selector: `${chatModelLabel}=${chat.metadata.name}`,
    revisions: revisions.slice(0, 32).map((revision) => revisionStatus(revision, stand, seen)),
    digest,
    model: shown?.slice(0, 'sha256:'.length + 8),
    url,
  };
}

/** Why the service does not serve what the spec asks for; undefined when it does. */
function whyBehind({ wanted, target, live, replicas, revisions }: Standing, seen: ChatSeen): Blocked | undefined {
  if (wanted.blocked) return wanted.blocked;
  if (target === undefined) return { status: 'Unknown', reason: 'Pending', message: '' };
  if (replicas === 0) return undefined;
  const candidate = revisions.find(({ metadata }) => metadata.name === target);
  if (live?.metadata.name === target && readyReplicas(live) > 0) {
    const message = `the pods of ${target} become what the spec says`;
    return isRolledOut(live)
      ? undefined
      : trouble(target, live, seen.pods, { status: 'Unknown', reason: 'RollingOut', message });
  }
  if (isReady(candidate, replicas)) return { status: 'Unknown', reason: 'RollingOut', message: `${target} takes over` };
  return trouble(target, candidate, seen.pods);
}

function readyCondition(
  { live, replicas, target }: Standing,
  { service }: ChatSeen,
  behind: Blocked | undefined,
): Pick<Condition, 'status' | 'reason' | 'message'> {
  const portError = service?.status?.loadBalancer?.ingress?.[0]?.ports?.find(({ error }) => error !== undefined);
  if (portError)
    return {
      status: 'False',
      reason: 'ServerFailed',
      message: `port ${portError.port} is in use by another program: stop it, or choose another with --port`,
    };
  if (live && readyReplicas(live) > 0) {
    const name = live.metadata.name;
    const message = !behind ? `${name} answers` : `${name} answers; next: ${behind.message}`;
    return { status: 'True', reason: 'Ready', message };
  }
  if (behind) return behind;
  if (replicas === 0)
    return { status: 'False', reason: 'ScaledToZero', message: 'spec.replicas is 0: set it to 1 to serve again' };
  return { status: 'Unknown', reason: 'Starting', message: `${target} is being started` };
}

function revisionStatus(revision: Deployment, { live, replicas, target }: Standing, seen: ChatSeen): Revision {
  const { name } = revision.metadata;
  const digest = modelDigest(revision);
  const ready = readyReplicas(revision);
  const isLive = name === live?.metadata.name && (ready > 0 || replicas === 0);
  const failing = name === target && !isLive && trouble(name, revision, seen.pods).status === 'False';
  return {
    name,
    weight: isLive && ready > 0 ? 100 : 0,
    readyReplicas: ready,
    state: isLive ? 'Live' : failing ? 'Rejected' : name === target ? 'Candidate' : 'Retired',
    digest,
  };
}

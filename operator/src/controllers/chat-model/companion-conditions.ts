import type { Condition } from '@wikigpt/schema/metadata.ts';
import type { ChatModel } from '../../cluster/kinds.ts';
import { isOwnedBy } from '../../cluster/owner-reference.ts';
import type { Settings } from '../../objects/settings.ts';
import type { ChatSeen } from './observe.ts';
import type { Companion } from './companions.ts';

type Said = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Whether what the spec asks for beside the service could be had: nothing is ignored in silence. */
export function companionConditions(chat: ChatModel, seen: ChatSeen, settings: Settings): readonly Said[] {
  const { expose, autoscaling } = chat.spec;
  const exposure = expose?.ingress ? 'Ingress' : 'HTTPRoute';
  return [
    ...(expose ? [{ type: 'Exposed', ...outcome(exposure, chat, seen, settings) }] : []),
    ...(autoscaling ? [{ type: 'Autoscaled', ...outcome('HorizontalPodAutoscaler', chat, seen, settings) }] : []),
  ];
}

function outcome(kind: Companion, chat: ChatModel, { companions }: ChatSeen, settings: Settings): Omit<Said, 'type'> {
  const { name } = chat.metadata;
  const refused = (reason: string, message: string) => ({ status: 'False', reason, message }) as const;
  if (!settings.inCluster) return refused('NoCluster', `there is no ${kind} on this machine`);
  if (kind === 'HTTPRoute' && !settings.gatewayApi)
    return refused(
      'GatewayApiMissing',
      'the cluster has no HTTPRoute: install the Gateway API and restart the operator, or use expose.ingress',
    );
  const present = companions.find((object) => object.kind === kind);
  if (!present) return { status: 'Unknown', reason: 'Pending', message: `${kind} ${name} comes with the service` };
  if (!isOwnedBy(present, chat))
    return refused(
      'NameTaken',
      `${kind} ${name} belongs to something else: remove it, or give the ChatModel another name`,
    );
  return { status: 'True', reason: 'Applied', message: `${kind} ${name}` };
}

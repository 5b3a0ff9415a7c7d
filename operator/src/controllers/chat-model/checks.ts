import { unbuilt } from '@wikigpt/schema/built.ts';
import type { Resource } from '@wikigpt/schema/kinds.ts';
import type { ChatModel } from '../../cluster/kinds.ts';
import { isOwnedBy } from '../../cluster/owner-reference.ts';
import type { Settings } from '../../objects/settings.ts';
import type { Check } from '../controller.ts';
import type { ChatSeen } from './observe.ts';

type ChatCheck = Check<ChatModel, ChatSeen>;

/** What a spec may not ask for, since nothing is ignored in silence, and what it has to wait for. */
export function startChecks(settings: Settings): readonly ChatCheck[] {
  return [
    ({ spec }) =>
      !settings.localFiles && spec.model.uri?.startsWith('file://')
        ? invalid(`${spec.model.uri} is a file of one machine, and pods do not see it: use pvc://`)
        : undefined,
    (chat) => {
      const sentences = unbuilt(chat as Resource);
      return sentences.length === 0 ? undefined : invalid(sentences.join('; '));
    },
    nameIsFree,
  ];
}

/** A child of that name may belong to an older ChatModel of this name, which is being removed, or to a stranger. */
const nameIsFree: ChatCheck = (chat, { service, deployments, tasks }) => {
  const stranger = [service, ...deployments, ...tasks].find((object) => object && !isOwnedBy(object, chat));
  if (!stranger) return undefined;
  const { kind, metadata } = stranger;
  return {
    status: 'Unknown',
    reason: 'Pending',
    message: `waits until ${kind} ${metadata.name}, which belongs to something else, is gone`,
  };
};

function invalid(message: string) {
  return { status: 'False', reason: 'InvalidSpec', message } as const;
}

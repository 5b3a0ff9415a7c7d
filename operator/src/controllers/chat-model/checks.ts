import { unbuilt } from '@wikigpt/schema/built.ts';
import type { Resource } from '@wikigpt/schema/kinds.ts';
import type { ChatModel } from '../../cluster/kinds.ts';
import type { Settings } from '../../objects/settings.ts';
import type { Check } from '../controller.ts';
import type { ChatSeen } from './observe.ts';

type ChatCheck = Check<ChatModel, ChatSeen>;

/** What a spec may not ask for: nothing is ignored in silence. */
export function specChecks(settings: Settings): readonly ChatCheck[] {
  return [
    ({ spec }) =>
      !settings.localFiles && spec.model.uri?.startsWith('file://')
        ? invalid(`${spec.model.uri} is a file of one machine, and pods do not see it: use pvc://`)
        : undefined,
    (chat) => {
      const sentences = unbuilt(chat as Resource);
      return sentences.length === 0 ? undefined : invalid(sentences.join('; '));
    },
  ];
}

function invalid(message: string) {
  return { status: 'False', reason: 'InvalidSpec', message } as const;
}

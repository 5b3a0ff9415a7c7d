import type { ChatModel } from '../../cluster/kinds.ts';
import type { Settings } from '../../objects/settings.ts';
import { invalidSpec, nameTaken, notBuilt } from '../blocked.ts';
import type { Check } from '../controller.ts';
import type { ChatSeen } from './observe.ts';

/** What a spec may not ask for, and what it has to wait for. */
export function startChecks(settings: Settings): readonly Check<ChatModel, ChatSeen>[] {
  return [
    ({ spec }) =>
      !settings.localFiles && spec.model.uri?.startsWith('file://')
        ? invalidSpec(`${spec.model.uri} is a file of one machine, and pods do not see it: use pvc://`)
        : undefined,
    notBuilt,
    (chat, { service, deployments, tasks }) => nameTaken(chat, [service, ...deployments, ...tasks]),
  ];
}

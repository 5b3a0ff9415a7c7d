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
    ...notBuilt.map(
      ([asks, sentence]): ChatCheck =>
        (chat) =>
          asks(chat.spec) ? invalid(sentence) : undefined,
    ),
  ];
}

const notBuilt: readonly (readonly [(spec: ChatModel['spec']) => boolean, string])[] = [
  [(spec) => spec.autoscaling !== undefined, 'spec.autoscaling is not built yet: write replicas'],
  [(spec) => spec.rollout.strategy === 'Canary', 'spec.rollout.strategy: Canary is not built yet: write RollingUpdate'],
  [(spec) => spec.runtime !== 'Builtin', 'spec.runtime: VLLM is not built yet: write Builtin'],
  [(spec) => spec.adapters.length > 0, 'spec.adapters is not built yet: make a ChatModel for each model'],
  [(spec) => spec.auth !== undefined, 'spec.auth is not built yet: remove it, and keep the service private'],
];

function invalid(message: string) {
  return { status: 'False', reason: 'InvalidSpec', message } as const;
}

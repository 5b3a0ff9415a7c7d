import type { JobKind } from '@wikigpt/schema/catalog.ts';
import type { ChatModel } from '../../cluster/kinds.ts';
import { chatModelLabel, serviceName } from '../../objects/names.ts';
import type { Settings } from '../../objects/settings.ts';
import type { LabelQuery, NameQuery, Queries, Seen } from '../controller.ts';
import { companionKinds, type Companion } from './companions.ts';

export interface ChatQueries extends Queries {
  /** The job that the model comes from; of no meaning when it comes from elsewhere. */
  readonly source: NameQuery<JobKind>;
  readonly deployments: LabelQuery<'Deployment'>;
  readonly tasks: LabelQuery<'ConfigMap'>;
  readonly pods: LabelQuery<'Pod'>;
  readonly service: NameQuery<'Service'>;
  /** The Service of the ChatModel that the page compares with; of no meaning when it compares with none. */
  readonly peer: NameQuery<'Service'>;
  /** What is there beside it, whether the spec still asks for it or not. */
  readonly companions: readonly NameQuery<Companion>[];
}
export type ChatSeen = Seen<ChatQueries>;

/** What a decision about a ChatModel looks at. */
export function observe(chat: ChatModel, settings: Settings): ChatQueries {
  const { fromJob } = chat.spec.model;
  const label = [chatModelLabel, chat.metadata.name] as const;
  return {
    source: fromJob ?? { kind: 'FineTuneJob', name: '' },
    deployments: { kind: 'Deployment', label },
    tasks: { kind: 'ConfigMap', label },
    pods: { kind: 'Pod', label },
    service: { kind: 'Service', name: serviceName(chat) },
    peer: { kind: 'Service', name: chat.spec.ui.compareWith ?? '' },
    companions: companionKinds(settings).map((kind) => ({ kind, name: chat.metadata.name })),
  };
}

import type { Settings } from '../../objects/settings.ts';
import type { Controller } from '../controller.ts';
import { observe, type ChatQueries } from './observe.ts';
import { plan } from './plan.ts';
import { status } from './status.ts';

/** The decisions about ChatModels. */
export function chatModelController(settings: Settings): Controller<'ChatModel', ChatQueries> {
  return {
    kind: 'ChatModel',
    condition: 'Ready',
    isNews: () => true,
    observe: (chat) => observe(chat, settings),
    plan: (chat, seen, now) => plan(chat, seen, now, settings),
    status: (chat, seen, now) => status(chat, seen, now, settings),
  };
}

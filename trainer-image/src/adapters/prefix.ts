import type { AdaptedModel, Adapter } from './adapter.ts';
import { fitted, promptAdapter } from './prompt-tensor.ts';

export interface PrefixOptions {
  readonly tokens: number;
  readonly init: 'Random' | 'Text';
  readonly text?: string | undefined;
}

/**
 * Prefix tuning (Li and Liang, 2021): keys and values of `tokens` positions before every document, in every layer,
 * trained themselves and not through a network of their own. They start at random, small, or as what the base keeps of a text.
 */
export function prefix({ tokens, init, text }: PrefixOptions, { config }: AdaptedModel): Adapter {
  return promptAdapter('PREFIX_TUNING', tokens, config, {
    initial: async (_parameter, origin) =>
      init === 'Text' ? origin.keysAndValues(fitted(origin.encode(text!), tokens)) : null,
    peftConfig: { encoder_hidden_size: config.kvHeads * config.headDim, prefix_projection: false },
  });
}

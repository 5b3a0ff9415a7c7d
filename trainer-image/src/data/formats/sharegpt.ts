import { readConversation } from './conversation.ts';
import type { Format } from './format.ts';

const names = {
  role: 'from',
  content: 'value',
  roles: { system: 'system', human: 'user', user: 'user', gpt: 'assistant', assistant: 'assistant' },
} as const;

/** `{conversations: [{from, value}]}`. */
export const sharegpt: Format = (fields) => readConversation(fields, 'conversations', names);

import { readConversation } from './conversation.ts';
import type { Format } from './format.ts';

const names = {
  role: 'role',
  content: 'content',
  roles: { system: 'system', developer: 'system', user: 'user', assistant: 'assistant' },
} as const;

/** `{messages: [{role, content}]}` as in the OpenAI API. */
export const messages: Format = (fields) => readConversation(fields, 'messages', names);

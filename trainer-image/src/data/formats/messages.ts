import { openAiTurns, readConversation } from './conversation.ts';
import type { Format } from './format.ts';

/** `{messages: [{role, content}]}` as in the OpenAI API. */
export const messages: Format = (fields) => readConversation(fields, 'messages', openAiTurns);

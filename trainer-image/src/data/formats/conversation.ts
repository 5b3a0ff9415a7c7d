import type { Message } from '../../tokenizers/chat-template.ts';
import type { Content } from '../record.ts';
import { isFields } from '../rows/row.ts';
import type { FieldName, Fields } from './format.ts';

/** How a format writes its turns: where role and text stand, and what its roles mean. */
export interface TurnNames {
  readonly role: string;
  readonly content: string;
  readonly roles: Readonly<Record<string, Message['role']>>;
}

/** Turns as the OpenAI API writes them. */
export const openAiTurns: TurnNames = {
  role: 'role',
  content: 'content',
  roles: { system: 'system', developer: 'system', user: 'user', assistant: 'assistant' },
};

/** Reads a list of turns that is not empty. */
export function readTurns(fields: Fields, field: FieldName, names: TurnNames): readonly Message[] {
  const turns = fields.raw(field);
  if (!Array.isArray(turns)) return fields.refuse(`has no list "${field}"; map it with columns: {${field}: NAME}`);
  if (turns.length === 0) return fields.refuse(`has an empty list "${field}"`);
  return turns.map((turn: unknown, index): Message => {
    if (!isFields(turn)) return fields.refuse(`has a turn ${index} that is not an object`);
    const { [names.role]: written, [names.content]: content } = turn;
    const role = typeof written === 'string' && Object.hasOwn(names.roles, written) ? names.roles[written] : undefined;
    if (role === undefined)
      return fields.refuse(
        `has a turn ${index} whose "${names.role}" is not one of ${Object.keys(names.roles).join(', ')}`,
      );
    if (typeof content !== 'string' || content.trim() === '')
      return fields.refuse(`has a turn ${index} without text in "${names.content}"`);
    return { role, content };
  });
}

/** Reads a list of turns; a conversation without an answer by the assistant teaches nothing and is refused. */
export function readConversation(fields: Fields, field: FieldName, names: TurnNames): Content {
  const messages = readTurns(fields, field, names);
  if (!messages.some(({ role }) => role === 'assistant')) return fields.refuse('has no turn of the assistant');
  return { kind: 'conversation', messages };
}

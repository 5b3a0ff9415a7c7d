import type { Message } from '../../tokenizers/chat-template.ts';
import { readTurns, openAiTurns } from './conversation.ts';
import type { FieldName, Fields, Format } from './format.ts';

/**
 * `{prompt, chosen, rejected}`, each a text or, for chats, a list of messages; a list of answers may hold the prompt
 * itself, and `prompt` may then be missing.
 */
export const preference: Format = (fields) => {
  if (!Array.isArray(fields.raw('chosen')))
    return {
      kind: 'question',
      question: fields.text('prompt'),
      answer: fields.text('chosen'),
      rejected: fields.text('rejected'),
      verbatim: true,
      fields: fields.all(),
    };
  const chosen = conversation(fields, 'chosen');
  return { kind: 'conversation', messages: chosen, rejected: conversation(fields, 'rejected') };
};

function conversation(fields: Fields, name: FieldName): readonly Message[] {
  const answer = readTurns(fields, name, openAiTurns);
  if (!answer.some(({ role }) => role === 'assistant')) fields.refuse(`has no turn of the assistant in "${name}"`);
  if (answer[0]!.role !== 'assistant') return answer;
  const before = fields.raw('prompt');
  if (Array.isArray(before)) return [...readTurns(fields, 'prompt', openAiTurns), ...answer];
  return [{ role: 'user', content: fields.text('prompt') }, ...answer];
}

import type { ChatModel } from '../cluster/kinds.ts';
import { askModel } from './chat-client.ts';
import type { LiveView } from './live-view.ts';

/** The annotation with questions to ask when a ChatModel is ready: a JSON list of texts. */
const sampleQuestions = 'wikigpt.dev/sample-questions';

const generic = ['你好，你能做什么？', 'Hello, what can you do?'];

/** Asks a ready ChatModel its sample questions and prints the answers as they grow. */
export async function askSamples(chat: ChatModel, view: LiveView, signal: AbortSignal): Promise<void> {
  const { url = '' } = chat.status ?? {};
  view.say('');
  for (const content of questionsOf(chat)) {
    view.write(`? ${content}\n  `);
    await askModel(
      url,
      chat.metadata.name,
      [{ role: 'user', content }],
      (text) => view.write(text.replaceAll('\n', '\n  ')),
      signal,
    );
    view.write('\n');
  }
  view.say('');
}

/** The annotation's questions; one that is not a list of texts is taken as one question. */
export function questionsOf({ metadata }: ChatModel): readonly string[] {
  const written = metadata.annotations?.[sampleQuestions];
  if (written === undefined) return generic;
  try {
    const list: unknown = JSON.parse(written);
    if (Array.isArray(list)) return list.filter((each) => typeof each === 'string').slice(0, 10);
  } catch {
    // Not JSON: the text itself is the question.
  }
  return [written];
}

import { createInterface } from 'node:readline';
import type { ChatModel } from '../cluster/kinds.ts';
import { conditionOf } from '../controllers/condition.ts';
import { OperatorError } from '../errors.ts';
import { askModel, type Message } from './chat-client.ts';
import { say, type Io } from './io.ts';
import { isRunningHere, readWorkspace } from './workspace.ts';

export interface ChatOptions {
  readonly namespace: string;
  /** Address of a service elsewhere, instead of a ChatModel here. */
  readonly url?: string;
}

/** Asks one question and prints the answer as it grows, or talks until the input ends. */
export async function chat(words: readonly string[], options: ChatOptions, io: Io): Promise<number> {
  const { url, model, question } = await target(words, options, io);
  const stop = new AbortController();
  const forget = io.onStop(() => stop.abort());
  try {
    if (question !== undefined) {
      await askModel(url, model, [{ role: 'user', content: question }], (text) => io.out.write(text), stop.signal);
      say(io, '');
      return 0;
    }
    await talk(url, model, io, stop.signal);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    throw error;
  } finally {
    forget();
  }
}

/** `chat`, `chat QUESTION`, `chat NAME` and `chat NAME QUESTION`: a first word that is a ChatModel's name is one. */
async function target(words: readonly string[], { namespace, url }: ChatOptions, io: Io) {
  if (url !== undefined) {
    const [question] = words;
    return { url: url.replace(/\/$/, ''), model: 'default', ...(question === undefined ? {} : { question }) };
  }
  const models = await readWorkspace(io).list('ChatModel', { namespace });
  const [first, ...rest] = words;
  const named = models.find(({ metadata }) => metadata.name === first?.replace(/^chm\//, ''));
  const questionWords = named ? rest : words;
  const chosen = named ?? onlyModel(models, namespace);
  const question = questionWords.length === 0 ? {} : { question: questionWords.join(' ') };
  return { url: addressOf(chosen, io), model: chosen.metadata.name, ...question };
}

function onlyModel(models: readonly ChatModel[], namespace: string): ChatModel {
  const [model, ...others] = models;
  if (!model)
    throw new OperatorError(
      'NotFound',
      `There is no ChatModel in namespace ${namespace}. Make one with: wikigpt up -f FILE`,
    );
  if (others.length > 0)
    throw new OperatorError(
      'Usage',
      `Say with which model: ${models.map(({ metadata }) => metadata.name).join(', ')}.`,
    );
  return model;
}

function addressOf(model: ChatModel, io: Io): string {
  const { name } = model.metadata;
  if (!isRunningHere(io))
    throw new OperatorError(
      'NotServing',
      `Nothing serves ${name} at the moment. Start it in another terminal: wikigpt up`,
    );
  const ready = conditionOf(model, 'Ready');
  const { url } = model.status ?? {};
  if (ready?.status === 'True' && url !== undefined) return url;
  const why = ready?.message ? `: ${ready.message}` : '';
  throw new OperatorError(
    'NotServing',
    `${name} is not ready yet (${ready?.reason ?? 'Pending'}${why}). Watch it with: wikigpt get -w`,
  );
}

async function talk(url: string, model: string, io: Io, signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: io.input });
  const prompt = () => io.isTty && io.out.write('> ');
  const messages: Message[] = [];
  const close = () => lines.close();
  signal.addEventListener('abort', close);
  if (io.isTty) say(io, `Talking to ${model} at ${url}. Ctrl-D ends.`);
  prompt();
  for await (const line of lines) {
    if (line.trim() !== '') {
      messages.push({ role: 'user', content: line });
      const content = await askModel(url, model, messages, (text) => io.out.write(text), signal);
      messages.push({ role: 'assistant', content });
      say(io, '');
    }
    prompt();
  }
  signal.removeEventListener('abort', close);
  if (io.isTty) say(io, '');
}

import { OperatorError } from '../errors.ts';

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Asks a served model and calls `onText` with each piece of the answer as it comes; resolves to the whole answer. */
export async function askModel(
  url: string,
  model: string,
  messages: readonly Message[],
  onText: (text: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ model, messages, stream: true }),
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new OperatorError('NotServing', `${url} does not answer. Is \`wikigpt up\` still running?`, { cause });
  });
  if (!response.ok || !response.body)
    throw new OperatorError('NotServing', `${url} answered ${response.status}: ${sentenceOf(await response.text())}`);
  let answer = '';
  for await (const data of eventData(response.body)) {
    if (data === '[DONE]') break;
    const chunk = JSON.parse(data) as {
      choices?: { delta?: { content?: string | null } }[];
      error?: { message: string };
    };
    if (chunk.error) throw new OperatorError('NotServing', `The model stopped: ${chunk.error.message}`);
    const text = chunk.choices?.[0]?.delta?.content ?? '';
    answer += text;
    if (text !== '') onText(text);
  }
  if (answer.trim() === '') onText('(the model answered nothing)');
  return answer;
}

/** The data of server-sent events. */
async function* eventData(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data:')) yield line.slice('data:'.length).trim();
  }
}

function sentenceOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: string } };
    return error?.message ?? body;
  } catch {
    return body.split('\n')[0] ?? '';
  }
}
